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
/// Reads what a signal's WAL holds beyond the retired segments, in order, one record in memory at a time. Never refuses: an unfinished end
/// of the last file is cut off; what cannot be read elsewhere is copied to <c>&lt;dir&gt;/quarantine/wal/&lt;signal&gt;</c>, reported with file and
/// offset, counted, and skipped up to the next intact record. Blocks its thread; I/O failures are <see cref="IOException"/>.
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
    private int _quarantined;

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
        _quarantined,
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
                CutTail(file, path, offset, length, looksWhole: offset + recordLength == length, problem);
                return;
            }

            Quarantine(file, path, offset, next - offset, problem);
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
            throw new InvalidDataException(
                $"{path} was written by a newer version of this program (WAL format {version}, this one reads {WalFormat.Version}). "
                + "Start that version, or stop it with SIGTERM so that it leaves no WAL behind.");
        }

        if (problem is null)
            return WalFormat.FileHeaderLength;

        // Records tell their own tale: a damaged header costs nothing but a message, an unfinished one has nothing behind it.
        var next = FindIntactRecord(file, 0, length);
        if (next < length)
            Quarantine(file, path, 0, next, problem);
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
        var problem = HandOut(header, segment, body);
        _lastSequence = header.Sequence;
        if (problem is not null)
            Quarantine(file, path, offset, recordLength, problem);
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

    private void CutTail(IDiskFile file, string path, long offset, long length, bool looksWhole, string problem)
    {
        if (looksWhole)
        {
            // Its length is right, so it may have been whole once: damage rather than an unfinished write.
            Quarantine(file, path, offset, length - offset, problem);
        }

        file.SetLength(offset);
        file.Flush();
        _cutBytes += length - offset;
        _events.WalTailCut(path, offset, length - offset);
    }

    private void Quarantine(IDiskFile file, string path, long offset, long lengthBytes, string problem)
    {
        _quarantined++;
        var tag = StorageInstruments.Tag(_options.Signal);
        StorageInstruments.WalQuarantined.Add(1, tag);
        StorageInstruments.WalQuarantinedBytes.Add(lengthBytes, tag);
        var folder = Path.Combine(_options.DataDirectory, "quarantine", "wal", WalFormat.FolderOf(_options.Signal));
        var copy = Path.Combine(folder, FormattableString.Invariant($"{Path.GetFileNameWithoutExtension(path)}-{offset}.bin"));
        try
        {
            _disk.CreateDirectory(folder);
            using var target = _disk.Open(copy, DiskOpen.ReadWrite);
            target.SetLength(0);
            for (var done = 0L; done < lengthBytes;)
            {
                var read = file.Read(_scan.AsSpan(0, (int)Math.Min(ScanBytes, lengthBytes - done)), offset + done);
                if (read == 0)
                    break;
                target.Write(_scan.AsSpan(0, read), done);
                done += read;
            }

            target.Flush();
            _disk.FlushDirectory(folder);
            _events.WalQuarantined(path, offset, lengthBytes, problem, copy);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The original still lies in the WAL file; the message says that there is no copy.
            _events.WalQuarantined(path, offset, lengthBytes, problem, copy: null);
        }
    }

    private void Report() => _progress?.Invoke(new WalReplayProgress(_records, _bytesDone, _bytesTotal));
}
