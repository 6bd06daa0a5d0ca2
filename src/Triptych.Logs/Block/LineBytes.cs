using System.Globalization;
using Triptych.Columnar.Parquet;
using Triptych.Primitives.Binary;

namespace Triptych.Logs.Block;

/// <summary>
/// How many bytes the lines of each run of one stream in a row group have: <c>uvarint(n) { uvarint(bytes) }</c>, in order of the rows. Streams are not named,
/// so that a row group keeps it in whatever file it is.
/// </summary>
internal sealed class LineBytes
{
    private readonly List<long> _bytes = [];
    private int _stream = -1;

    /// <summary>The section of a row group.</summary>
    public static string SectionOf(int rowGroup) => string.Create(CultureInfo.InvariantCulture, $"triptych.line_bytes.{rowGroup}");

    /// <summary>Begins with a row group.</summary>
    public void Begin()
    {
        _bytes.Clear();
        _stream = -1;
    }

    /// <summary>Adds the next row. Streams may have any numbers that tell them apart.</summary>
    public void Add(int stream, int lineBytes)
    {
        if (stream != _stream) _bytes.Add(0);
        _stream = stream;
        _bytes[^1] += lineBytes;
    }

    /// <summary>Writes the section.</summary>
    public void Finish(PooledBufferWriter output)
    {
        output.WriteUnsigned((ulong)_bytes.Count);
        foreach (var bytes in _bytes) output.WriteUnsigned((ulong)bytes);
    }

    /// <summary>The bytes of each run.</summary>
    /// <exception cref="CorruptFileException">The section is damaged, or about other runs.</exception>
    public static long[] Read(ReadOnlySpan<byte> section, int runs, string file)
    {
        var reader = new VarintReader(section);
        var count = reader.ReadCount(section.Length);
        if (reader.Failed || count != runs) throw new CorruptFileException(file, 0, $"lengths of {count} runs where there are {runs}");
        var bytes = new long[count];
        for (var i = 0; i < bytes.Length; i++) bytes[i] = (long)reader.ReadUnsigned();
        if (reader.Failed || Array.Exists(bytes, b => b < 0)) throw new CorruptFileException(file, 0, "the section of lengths breaks off");
        return bytes;
    }
}
