using Microsoft.Win32.SafeHandles;
using Triptych.Ingest.Levels;
using Triptych.Model.Logs;
using Triptych.Primitives.Checksums;

namespace Triptych.Collect.Tail;

/// <summary>
/// One file that is followed, by its handle, so that renaming loses nothing. Between <see cref="Offset"/> (durable) and <see cref="Next"/>
/// lie the bytes whose lines are in the batch that is being made. How a range becomes lines depends on the range and on nothing else, so
/// that a replay gives the same records. One thread at a time.
/// </summary>
internal sealed class TailedFile : IDisposable
{
    /// <summary>Longer lines are cut here; what is cut off is passed over.</summary>
    public const int MaxLineBytes = 1 << 20;

    /// <summary>How much a read takes at most: a longest line and something to see that it is over.</summary>
    public const int BufferBytes = MaxLineBytes + (64 << 10);

    /// <summary>How long an unfinished line may wait for its newline.</summary>
    public static readonly TimeSpan PartialWait = TimeSpan.FromSeconds(5);

    private DateTimeOffset? _lastRead;
    private const int FingerprintBytes = 256;
    private static readonly byte[] CutMarker = " …[cut by triptych]"u8.ToArray();

    private readonly SafeFileHandle _handle;
    private readonly byte[] _labels;
    private readonly LogLevel _streamLevel;
    private readonly byte[] _firstBytes = new byte[FingerprintBytes];
    private bool _isInCutLine;
    private bool _nextIsInCutLine;
    private bool _isClosedForBatch;
    private long _readUnixNanos;
    private int _linesInRange;
    private long _replayEnd;
    private long _checkedSize = -1;
    private int _fingerprintLength;
    private ulong _fingerprint;
    private int _partialLength;
    private DateTimeOffset _partialSince;

    public TailedFile(SafeFileHandle handle, TailPosition position, byte[] labels)
    {
        _handle = handle;
        _labels = labels;
        _streamLevel = LevelDetector.FromLabels(labels);
        Identity = position.Identity;
        Path = position.Path;
        Offset = Next = position.Offset;
        _isInCutLine = _nextIsInCutLine = position.IsInCutLine;
        _replayEnd = position.PendingEnd > position.Offset ? position.PendingEnd : 0;
        _readUnixNanos = position.ReadUnixNanos;
        _fingerprintLength = Math.Min(position.FingerprintLength, FingerprintBytes);
        _fingerprint = position.Fingerprint;
    }

    /// <summary>Which file.</summary>
    public FileIdentity Identity { get; }

    /// <summary>Where it was met.</summary>
    public string Path { get; }

    /// <summary>Up to here everything is durable.</summary>
    public long Offset { get; private set; }

    /// <summary>Up to here lines are in the batch.</summary>
    public long Next { get; private set; }

    /// <summary>Whether the batch has something of this file.</summary>
    public bool HasUnsent => Next != Offset;

    /// <summary>Whether its position changed since it was saved.</summary>
    public bool IsDirty { get; set; }

    /// <summary>Since when its path leads elsewhere or nowhere; null while it does not.</summary>
    public DateTimeOffset? LostSince { get; set; }

    /// <summary>Whether everything in it was read; a wait for the rest of a line counts as unread.</summary>
    public bool IsDrained => !HasUnsent && FileState.Of(_handle) is { } state && state.SizeBytes <= Next;

    /// <summary>Whether no name leads to it.</summary>
    public bool IsDeleted => FileState.Of(_handle)?.IsDeleted ?? true;

    /// <summary>How it is.</summary>
    public TailedFileStatus Describe() => new(Path, Offset, Math.Max(Offset, FileState.Of(_handle)?.SizeBytes ?? Offset), _lastRead, LostSince);

    /// <summary>Where it stands, the range in the batch as pending.</summary>
    public TailPosition ToPosition() => new()
    {
        Identity = Identity,
        Path = Path,
        Offset = Offset,
        PendingEnd = Math.Max(Next, Math.Max(_replayEnd, Offset)),
        ReadUnixNanos = _readUnixNanos,
        IsInCutLine = _isInCutLine,
        FingerprintLength = _fingerprintLength,
        Fingerprint = _fingerprint,
    };

    /// <summary>Adds lines to the batch. Returns the bytes added; 0 when there is nothing to add just now.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public int Read(LogBatch batch, LineReader lines, Span<byte> buffer, DateTimeOffset now, Action onTruncated)
    {
        if (_isClosedForBatch || FileState.Of(_handle) is not { } state) return 0;
        if (WasRewritten(state.SizeBytes))
        {
            // What was read of the former content goes first.
            _isClosedForBatch = HasUnsent;
            if (_isClosedForBatch) return 0;
            Restart();
            onTruncated();
        }

        var isReplay = _replayEnd > Next;
        var end = isReplay ? _replayEnd : state.SizeBytes;
        var isWaiting = !isReplay && _partialLength > 0 && Next + _partialLength == end && now - _partialSince < PartialWait;
        if (end <= Next || isWaiting) return 0;
        var text = buffer[..Fill(buffer[..(int)Math.Min(buffer.Length, end - Next)])];
        if (text.IsEmpty) return 0;
        _lastRead = now;
        if (!HasUnsent && !isReplay) _readUnixNanos = (now.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) * 100;
        var isAtEnd = Next + text.Length == end;
        batch.AddStream(_labels);
        var added = Split(batch, lines, text, out var rest);
        if (rest.IsEmpty) _partialLength = 0;
        else added += TakePartial(batch, lines, rest, now, isReplay && isAtEnd);
        if (isReplay && Next >= _replayEnd) _isClosedForBatch = true;
        return added;
    }

    /// <summary>Takes what is in the batch as durable.</summary>
    public void Commit()
    {
        IsDirty |= HasUnsent;
        Offset = Next;
        _isInCutLine = _nextIsInCutLine;
        _isClosedForBatch = false;

        // The rest of a replay that did not fit one batch goes on counting where this part ended.
        _readUnixNanos += _linesInRange;
        _linesInRange = 0;
        if (Offset >= _replayEnd) _replayEnd = 0;
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    private int Split(LogBatch batch, LineReader lines, ReadOnlySpan<byte> text, out ReadOnlySpan<byte> rest)
    {
        var added = 0;
        while (!text.IsEmpty)
        {
            var newline = text.IndexOf((byte)'\n');
            if (_nextIsInCutLine)
            {
                var passed = newline < 0 ? text.Length : newline + 1;
                Next += passed;
                text = text[passed..];
                _nextIsInCutLine = newline < 0;
            }
            else if (newline >= 0)
            {
                added += AddLine(batch, lines, text[..newline]);
                Next += newline + 1;
                text = text[(newline + 1)..];
            }
            else if (text.Length > MaxLineBytes)
            {
                added += AddLine(batch, lines, text);
                Next += text.Length;
                text = default;
                _nextIsInCutLine = true;
            }
            else
            {
                break;
            }
        }

        rest = text;
        return added;
    }

    private int TakePartial(LogBatch batch, LineReader lines, ReadOnlySpan<byte> rest, DateTimeOffset now, bool isEndOfReplay)
    {
        if (!isEndOfReplay)
        {
            if (rest.Length != _partialLength)
            {
                _partialLength = rest.Length;
                _partialSince = now;
                return 0;
            }

            if (now - _partialSince < PartialWait) return 0;
        }

        // The range ends here, so that a replay ends the line at the same place.
        _isClosedForBatch = true;
        _partialLength = 0;
        Next += rest.Length;
        return AddLine(batch, lines, rest);
    }

    private int AddLine(LogBatch batch, LineReader lines, ReadOnlySpan<byte> line)
    {
        if (line.EndsWith("\r"u8)) line = line[..^1];
        if (line.IsEmpty) return 0;
        var readNanos = _readUnixNanos + _linesInRange++;
        if (line.Length <= MaxLineBytes) return lines.Add(batch, _streamLevel, line, readNanos);

        // Never within a character.
        var length = MaxLineBytes;
        while ((line[length] & 0xc0) == 0x80 && length > MaxLineBytes - 4) length--;
        return lines.Add(batch, _streamLevel, [.. line[..length], .. CutMarker], readNanos);
    }

    private int Fill(Span<byte> buffer)
    {
        var filled = 0;
        while (filled < buffer.Length)
        {
            var read = RandomAccess.Read(_handle, buffer[filled..], Next + filled);
            if (read == 0) break;
            filled += read;
        }

        return filled;
    }

    // Cut short, or cut and written again beyond our place: then its first bytes differ.
    private bool WasRewritten(long size)
    {
        if (size < Math.Max(Next + _partialLength, _replayEnd) || size < _fingerprintLength) return true;
        if (size == _checkedSize) return false;
        _checkedSize = size;
        var read = RandomAccess.Read(_handle, _firstBytes.AsSpan(0, (int)Math.Min(size, FingerprintBytes)), 0);
        if (read < _fingerprintLength) return true;
        if (_fingerprintLength > 0 && XxHash64.Compute(_firstBytes.AsSpan(0, _fingerprintLength)) != _fingerprint) return true;
        if (read == _fingerprintLength) return false;
        _fingerprintLength = read;
        _fingerprint = XxHash64.Compute(_firstBytes.AsSpan(0, read));
        IsDirty = true;
        return false;
    }

    private void Restart()
    {
        Offset = Next = _replayEnd = 0;
        _isInCutLine = _nextIsInCutLine = false;
        _partialLength = _linesInRange = _fingerprintLength = 0;
        _checkedSize = -1;
        IsDirty = true;
    }
}
