using System.Text;
using Triptych.Model;
using Triptych.Primitives.Checksums;
using Triptych.Primitives.Compression;
using Triptych.Primitives.Memory;
using Triptych.Storage.Disk;
using Triptych.Storage.Instruments;
using Triptych.Storage.Metastore;

namespace Triptych.Storage.Wal;

/// <summary>How far a replay is.</summary>
/// <param name="Records">Records handed out.</param>
/// <param name="BytesDone">Bytes of the files that are behind it.</param>
/// <param name="BytesTotal">Bytes of all files to replay.</param>
public readonly record struct WalReplayProgress(long Records, long BytesDone, long BytesTotal);

/// <summary>What a replay found.</summary>
/// <param name="Start">Where the WAL goes on.</param>
/// <param name="FirstSegment">First segment that has a file; 0 when there is none.</param>
/// <param name="Records">Records handed out.</param>
/// <param name="Bytes">Bytes of all files.</param>
/// <param name="Quarantined">Stretches set aside.</param>
/// <param name="CutBytes">Bytes of an unfinished end that were cut off.</param>
public readonly record struct WalReplayResult(WalStart Start, long FirstSegment, long Records, long Bytes, int Quarantined, long CutBytes);

/// <summary>
/// Reads what a signal's WAL holds beyond the retired segments, in order, one record in memory at a time. Refuses only what a newer program wrote: an
/// end of the last file that is plainly an unfinished write is cut off; whatever else cannot be read is set aside, reported with file and offset,
/// counted, and skipped up to the next intact record. Blocks its thread; I/O failures are <see cref="IOException"/>.
/// </summary>
public sealed class WalReplay
{
    private const int ScanBytes = 64 * 1024;
    private readonly IDisk _disk;
    private readonly WalOptions _options;
    private readonly IStorageEvents _events;
    private readonly WalReplayHandler _handler;
    private readonly Action<WalReplayProgress>? _progress;
    private readonly CancellationToken _cancellation;
    private readonly byte[] _scan = new byte[ScanBytes];
    private readonly List<(long Segment, DiskEntry Entry)> _files = [];
    private readonly long _retiredThrough;
    private TenantId _lastTenant = TenantId.Default;
    private int _nextFile;
    private long _lastSequence;
    private long _records;
    private long _bytesDone;
    private long _bytesTotal;
    private long _cutBytes;
    private readonly WalQuarantine _quarantine;

    /// <summary>Deletes the retired segments and lists the others; nothing is read yet.</summary>
    public WalReplay(
        IDisk disk,
        WalOptions options,
        WalRetirement retired,
        WalReplayHandler handler,
        Action<WalReplayProgress>? progress,
        IStorageEvents events,
        CancellationToken cancellation)
    {
        _disk = disk;
        _options = options;
        _events = events;
        _quarantine = new WalQuarantine(disk, options, events);
        _handler = handler;
        _progress = progress;
        _cancellation = cancellation;
        _retiredThrough = retired.ThroughSegment;
        _lastSequence = retired.ThroughSequence;
        WalFiles.DeleteThrough(disk, options, retired.ThroughSegment, events);
        foreach (var entry in disk.List(options.Folder))
        {
            if (WalFormat.SegmentOf(entry.Path) is { } segment && segment > retired.ThroughSegment)
                _files.Add((segment, entry));
        }

        _files.Sort(static (a, b) => a.Segment.CompareTo(b.Segment));
        _bytesTotal = _files.Sum(static f => f.Entry.SizeBytes);
    }

    /// <summary>The segment whose records were handed out last; before the first one, the last one retired.</summary>
    public long LastSegment => _nextFile == 0 ? _retiredThrough : _files[_nextFile - 1].Segment;

    /// <summary>Bytes of the files that are behind it.</summary>
    public long BytesDone => _bytesDone;

    /// <summary>Bytes of all files to replay.</summary>
    public long BytesTotal => _bytesTotal;

    /// <summary>
    /// What times each segment may hold, found without reading payloads and without changing anything; the last one, whose end may be torn,
    /// comes first. Call before the first <see cref="TryReplaySegment"/>.
    /// </summary>
    public IReadOnlyDictionary<long, TimeRanges> Survey()
    {
        var survey = new WalSurvey(_disk, _options, _cancellation);
        var found = new Dictionary<long, TimeRanges>(_files.Count);
        for (var i = _files.Count - 1; i >= 0; i--)
            found[_files[i].Segment] = survey.Survey(_files[i].Entry.Path, _files[i].Segment);
        return found;
    }

    /// <summary>What was found; whole once <see cref="TryReplaySegment"/> has returned false.</summary>
    public WalReplayResult Result => new(
        new WalStart(LastSegment + 1, _lastSequence + 1),
        _files.Count == 0 ? 0 : _files[0].Segment,
        _records,
        _bytesTotal,
        _quarantine.Count,
        _cutBytes);

    /// <summary>Replays everything.</summary>
    public static WalReplayResult Run(
        IDisk disk,
        WalOptions options,
        WalRetirement retired,
        WalReplayHandler handler,
        Action<WalReplayProgress>? progress,
        IStorageEvents events,
        CancellationToken cancellationToken)
    {
        var replay = new WalReplay(disk, options, retired, handler, progress, events, cancellationToken);
        while (replay.TryReplaySegment())
            continue;

        return replay.Result;
    }

    /// <summary>Hands out the records of the next segment; false when there is none. Segments decode alone, so a head may end here.</summary>
    public bool TryReplaySegment()
    {
        if (_nextFile == _files.Count)
            return false;
        var (segment, entry) = _files[_nextFile];
        var behind = _bytesDone;
        ReplayFile(entry.Path, segment, isLast: ++_nextFile == _files.Count, behind);
        _bytesDone = behind + entry.SizeBytes;
        Report();
        return true;
    }

    private void ReplayFile(string path, long segment, bool isLast, long behind)
    {
        using var file = _disk.Open(path, isLast ? DiskOpen.ReadWrite : DiskOpen.Read);
        if (isLast)
        {
            // A kill between write and fsync leaves records that are there but not durable. What is handed out counts as durable from here
            // on (a resend of it is acknowledged), so it has to be. Earlier segments were synced before the next one began.
            file.Flush();
            _disk.FlushDirectory(_options.Folder);
        }

        var length = file.Length;
        var offset = StartOfRecords(file, path, segment, length);
        var header = new byte[WalFormat.MaxRecordHeaderLength];
        while (offset < length)
        {
            _cancellation.ThrowIfCancellationRequested();
            var problem = TryReplayRecord(file, path, segment, offset, length, header, out var recordLength);
            if (problem is null)
            {
                offset += recordLength;
                _bytesDone = behind + offset;
                if (_records % 256 == 0)
                    Report();
                continue;
            }

            var next = FindIntactRecord(file, offset + 1, length);
            if (next == length && isLast)
            {
                EndFile(file, path, offset, length, recordLength, problem);
                return;
            }

            _quarantine.SetAside(file, path, offset, next - offset, problem);
            offset = next;
        }
    }

    private long StartOfRecords(IDiskFile file, string path, long segment, long length)
    {
        var header = new byte[WalFormat.FileHeaderLength];
        var read = file.Read(header, 0);
        var problem = WalFormat.CheckFileHeader(header.AsSpan(0, read), _options.Signal, segment, out var version);
        if (problem is null && version > WalFormat.Version)
        {
            throw TooNew(path, $"WAL format {version}, this one reads {WalFormat.Version}");
        }

        if (problem is null)
            return WalFormat.FileHeaderLength;

        // Records tell their own tale: a damaged header costs nothing but a message, an unfinished one has nothing behind it.
        var next = FindIntactRecord(file, 0, length);
        if (next < length)
            _quarantine.SetAside(file, path, 0, next, problem);
        return next == length ? 0 : next;
    }

    /// <summary>Null when the record was handed out or set aside as a whole, else what is wrong with the bytes at the offset.</summary>
    private string? TryReplayRecord(IDiskFile file, string path, long segment, long offset, long length, byte[] head, out long recordLength)
    {
        recordLength = 0;
        var read = file.Read(head, offset);
        if (!WalFormat.TryReadRecordHeader(head.AsSpan(0, read), out var header))
            return "no intact record begins here";
        recordLength = header.RecordLength;
        if (offset + recordLength > length)
            return "the record is longer than the rest of the file";
        if (header.Sequence <= _lastSequence)
            return $"record {header.Sequence} comes after record {_lastSequence}";
        using var body = PooledBytes.Rent(header.BodyLength);
        if (file.Read(body.Span, offset + header.HeadLength) < body.Length || Crc32C.Compute(body.Span) != header.BodyCrc)
            return "the record's checksum does not match";
        string? problem;
        try
        {
            problem = HandOut(header, segment, body);
        }
        catch (WalTooNewException e)
        {
            throw TooNew($"the record at offset {offset} of {path}", e.Message);
        }

        _lastSequence = header.Sequence;
        if (problem is not null)
            _quarantine.SetAside(file, path, offset, recordLength, problem);
        return null;
    }

    private string? HandOut(in WalRecordHeader header, long segment, PooledBytes body)
    {
        var stored = body.Span[header.TenantLength..];
        PooledBytes? raw = null;
        try
        {
            if ((header.Flags & WalRecordFlags.Uncompressed) == 0)
            {
                raw = PooledBytes.Rent(header.RawLength);
                if (Zstd.TryDecompress(stored, raw.Span, out var written) != CodecStatus.Done || written != header.RawLength)
                    return "the record does not decompress";
            }

            var record = new WalRecord
            {
                Sequence = header.Sequence,
                Segment = segment,
                Tenant = Tenant(body.Span[..header.TenantLength]),
                ReceivedUnixMs = header.ReceivedUnixMs,
                RequestHash = (header.Flags & WalRecordFlags.HasRequestHash) != 0 ? header.Hash : null,
                Payload = raw is null ? stored : raw.Span,
            };
            _handler(in record);
            _records++;
            return null;
        }
        catch (InvalidDataException e)
        {
            return e.Message;
        }
        finally
        {
            raw?.Dispose();
        }
    }

    private TenantId Tenant(ReadOnlySpan<byte> name)
    {
        // Nearly every record has the tenant of the one before: no string for each.
        if (!Ascii.Equals(name, _lastTenant.Name))
            _lastTenant = new TenantId(Encoding.ASCII.GetString(name));
        return _lastTenant;
    }

    /// <summary>Offset of the next record whose head, body and number are right; the file's length when there is none.</summary>
    private long FindIntactRecord(IDiskFile file, long from, long length)
    {
        var head = new byte[WalFormat.MaxRecordHeaderLength];
        while (from < length)
        {
            _cancellation.ThrowIfCancellationRequested();
            var read = file.Read(_scan, from);
            var found = _scan.AsSpan(0, read).IndexOf(WalFormat.RecordMagic);
            if (found < 0)
            {
                if (read < ScanBytes)
                    return length;

                // The magic may lie across the end of this window.
                from += read - (WalFormat.RecordMagic.Length - 1);
                continue;
            }

            from += found;
            if (IsIntact(file, from, length, head))
                return from;
            from++;
        }

        return length;
    }

    private bool IsIntact(IDiskFile file, long offset, long length, byte[] head)
    {
        var read = file.Read(head, offset);
        if (!WalFormat.TryReadRecordHeader(head.AsSpan(0, read), out var header)
            || header.Sequence <= _lastSequence
            || offset + header.RecordLength > length)
        {
            return false;
        }

        using var body = PooledBytes.Rent(header.BodyLength);
        return file.Read(body.Span, offset + header.HeadLength) == body.Length && Crc32C.Compute(body.Span) == header.BodyCrc;
    }

    /// <summary>
    /// What stands behind the last intact record of the last file. A kill leaves the beginning of a record, a power cut also zeros; anything else may
    /// have been whole and acknowledged once, and is kept.
    /// </summary>
    private void EndFile(IDiskFile file, string path, long offset, long length, long recordLength, string problem)
    {
        var unfinished = recordLength > 0
            ? offset + recordLength > length ? "the file ends within a record" : null
            : WalFormat.IsCutHead(_scan.AsSpan(0, file.Read(_scan, offset))) ? "the file ends within the head of a record"
            : HasOnlyZeros(file, offset, length) ? "only zeros follow"
            : null;
        if (unfinished is null && !_quarantine.SetAside(file, path, offset, length - offset, problem))
            return;
        file.SetLength(offset);
        file.Flush();
        if (unfinished is null)
            return;
        _cutBytes += length - offset;
        _events.WalTailCut(path, offset, length - offset, unfinished);
    }

    private bool HasOnlyZeros(IDiskFile file, long offset, long length)
    {
        while (offset < length)
        {
            var read = file.Read(_scan, offset);
            if (read == 0 || _scan.AsSpan(0, read).ContainsAnyExcept((byte)0))
                return false;
            offset += read;
        }

        return true;
    }

    private static WalTooNewException TooNew(string what, string versions) => new(
        $"{what} was written by a newer version of this program ({versions}). Start that version, or stop it with SIGTERM so that it leaves no WAL behind.");

    private void Report() => _progress?.Invoke(new WalReplayProgress(_records, _bytesDone, _bytesTotal));
}
