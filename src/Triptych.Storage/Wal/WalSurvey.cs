using Triptych.Model;
using Triptych.Storage.Disk;

namespace Triptych.Storage.Wal;

/// <summary>
/// Finds which times a segment may hold rows of without reading its payloads: from the heads of its records, each of which says where the
/// next one begins. It looks before replay does and changes nothing. Where it cannot be sure it says more, never less: a record that does
/// not tell its times stands for all times, and one whose body turns out to be damaged still counts. Behind damage, or in an end that was
/// never finished, it goes on at the next intact head, as replay does.
/// Memory is one window. Blocks its thread; I/O failures are <see cref="IOException"/>. One thread.
/// </summary>
internal sealed class WalSurvey(IDisk disk, WalOptions options, CancellationToken cancellation)
{
    private const int WindowBytes = 64 * 1024;

    // Bodies shorter than this are read over: fewer calls to the disk than going from head to head.
    private const int SkipBytes = 16 * 1024;

    private readonly byte[] _window = new byte[WindowBytes];
    private long _windowStart;
    private int _windowLength;

    /// <summary>The times that the records of a segment's file may hold.</summary>
    public TimeRanges Survey(string path, long segment)
    {
        using var file = disk.Open(path, DiskOpen.Read);
        (_windowStart, _windowLength) = (0, 0);
        var times = new TimeRanges();
        var length = file.Length;
        var offset = StartOfRecords(file, segment);
        while (offset < length)
        {
            cancellation.ThrowIfCancellationRequested();
            if (!WalFormat.TryReadRecordHeader(Look(file, offset, WalFormat.MaxRecordHeaderLength), out var header)
                || offset + header.RecordLength > length)
            {
                offset = NextMagic(file, offset + 1, length);
                continue;
            }

            times.Add(header.Times);
            offset += header.RecordLength;
        }

        return times;
    }

    private long StartOfRecords(IDiskFile file, long segment)
    {
        var problem = WalFormat.CheckFileHeader(Look(file, 0, WalFormat.FileHeaderLength), options.Signal, segment, out _);
        return problem is null ? WalFormat.FileHeaderLength : 0;
    }

    private long NextMagic(IDiskFile file, long from, long length)
    {
        while (from < length)
        {
            cancellation.ThrowIfCancellationRequested();
            var bytes = Look(file, from, WindowBytes);
            var found = bytes.IndexOf(WalFormat.RecordMagic);
            if (found >= 0)
                return from + found;
            if (bytes.Length < WalFormat.RecordMagic.Length)
                return length;

            // The magic may lie across the end of this window.
            from += bytes.Length - (WalFormat.RecordMagic.Length - 1);
        }

        return length;
    }

    /// <summary>The bytes at an offset, as many as wanted or as there are. Valid until the next call.</summary>
    private ReadOnlySpan<byte> Look(IDiskFile file, long offset, int wanted)
    {
        var at = offset - _windowStart;
        if (at >= 0 && at + wanted <= _windowLength)
            return _window.AsSpan((int)at, wanted);

        // After a long body only a head is wanted; among short ones the window pays for many of them.
        var isNear = at >= 0 && at <= _windowLength + SkipBytes;
        var read = file.Read(_window.AsSpan(0, isNear ? WindowBytes : Math.Max(wanted, WalFormat.MaxRecordHeaderLength)), offset);
        (_windowStart, _windowLength) = (offset, read);
        return _window.AsSpan(0, Math.Min(read, wanted));
    }
}
