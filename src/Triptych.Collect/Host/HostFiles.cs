using System.Buffers.Text;
using System.Text;
using Triptych.Primitives.Binary;

namespace Triptych.Collect.Host;

/// <summary>
/// The files of /proc and /sys below a root, which tests replace. A file is read whole into one buffer that the next read reuses; none may be larger than
/// <see cref="MaxFileBytes"/>. One thread at a time.
/// </summary>
public sealed class HostFiles(string root) : IDisposable
{
    /// <summary>The most that is read of one file.</summary>
    public const int MaxFileBytes = 4 << 20;

    private readonly PooledBufferWriter _buffer = new(MaxFileBytes);

    /// <summary>A file's bytes, valid until the next read.</summary>
    /// <param name="path">The path below the root, such as <c>proc/stat</c>.</param>
    /// <exception cref="IOException">It is not there or cannot be read.</exception>
    public ReadOnlySpan<byte> Read(string path)
    {
        _buffer.Reset();

        // Files of /proc have no length and must be read to their end.
        using var file = new FileStream(Path.Combine(root, path), FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        while (true)
        {
            var read = file.Read(_buffer.GetSpan(4096));
            if (read == 0) return _buffer.WrittenSpan;
            _buffer.Advance(read);
        }
    }

    /// <summary>Whether a file is there.</summary>
    public bool Exists(string path) => File.Exists(Path.Combine(root, path));

    /// <summary>A file's text without white space around it.</summary>
    public string ReadText(string path) => Encoding.UTF8.GetString(Read(path).Trim(" \t\r\n\0"u8));

    /// <summary>The names in a folder, in order.</summary>
    public IReadOnlyList<string> List(string path) =>
        [.. Directory.EnumerateFileSystemEntries(Path.Combine(root, path)).Select(p => Path.GetFileName(p)).Order(StringComparer.Ordinal)];

    /// <summary>The real path of a mount point as this process sees it.</summary>
    public string Below(string absolutePath) => Path.Combine(root, absolutePath.TrimStart('/'));

    /// <inheritdoc/>
    public void Dispose() => _buffer.Dispose();

    /// <summary>Takes the next line off a text, or returns false at its end.</summary>
    internal static bool TryReadLine(ref ReadOnlySpan<byte> text, out ReadOnlySpan<byte> line)
    {
        line = default;
        if (text.IsEmpty) return false;
        var end = text.IndexOf((byte)'\n');
        line = end < 0 ? text : text[..end];
        text = end < 0 ? default : text[(end + 1)..];
        return true;
    }

    /// <summary>Takes the next word off a line; nothing at its end.</summary>
    internal static ReadOnlySpan<byte> ReadWord(ref ReadOnlySpan<byte> line)
    {
        line = line.TrimStart(" \t"u8);
        var end = line.IndexOfAny(" \t"u8);
        var word = end < 0 ? line : line[..end];
        line = end < 0 ? default : line[end..];
        return word;
    }

    /// <summary>A word as a number.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    internal static double ToNumber(ReadOnlySpan<byte> word) =>
        Utf8Parser.TryParse(word, out double value, out var used) && used == word.Length
            ? value
            : throw new InvalidDataException($"\"{Encoding.UTF8.GetString(word)}\" is not a number");

    /// <summary>Takes the next word off a line as a number.</summary>
    internal static double ReadNumber(ref ReadOnlySpan<byte> line) => ToNumber(ReadWord(ref line));

    /// <summary>A word as text.</summary>
    internal static string ToText(ReadOnlySpan<byte> word) => Encoding.UTF8.GetString(word);
}
