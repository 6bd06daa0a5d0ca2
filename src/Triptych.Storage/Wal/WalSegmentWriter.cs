using Triptych.Storage.Disk;

namespace Triptych.Storage.Wal;

/// <summary>
/// Puts runs of records into segment files so that each run is durable or, after an exception, can be written again: nothing counts but
/// what a flush has confirmed, and a second try starts by cutting the file back to that. One thread: the WAL's own.
/// </summary>
internal sealed class WalSegmentWriter(IDisk disk, WalOptions options) : IDisposable
{
    private const int StagingBytes = 64 * 1024;
    private readonly byte[] _staging = new byte[StagingBytes];
    private IDiskFile? _file;
    private long _segment = -1;
    private long _confirmedBytes;
    private bool _dirty;

    /// <summary>Writes records of one segment (abandoned ones are left out) and returns when they are on stable storage.</summary>
    public void Write(List<WalSlot> run)
    {
        var first = run.Find(static s => s.Bytes is not null);
        if (first is null)
            return;
        if (_segment != first.Segment)
        {
            // All of the segment before was confirmed, run by run.
            Close();
            _segment = first.Segment;
            _confirmedBytes = 0;
            _dirty = true;
        }

        var file = Reopen();
        _dirty = true;
        var offset = _confirmedBytes;
        var staged = 0;
        if (offset == 0)
        {
            WalFormat.WriteFileHeader(_staging, options.Signal, _segment, first.Sequence);
            staged = WalFormat.FileHeaderLength;
        }

        foreach (var slot in run)
        {
            if (slot.Bytes is not { } bytes)
                continue;
            if (bytes.Length > StagingBytes - staged)
                WriteStaged(file, ref offset, ref staged);
            if (bytes.Length > StagingBytes)
            {
                file.Write(bytes.Span, offset);
                offset += bytes.Length;
                continue;
            }

            bytes.Span.CopyTo(_staging.AsSpan(staged));
            staged += bytes.Length;
        }

        WriteStaged(file, ref offset, ref staged);
        file.Flush();
        if (_confirmedBytes == 0)
            disk.FlushDirectory(options.Folder);
        _confirmedBytes = offset;
        _dirty = false;
    }

    public void Dispose() => Close();

    private IDiskFile Reopen()
    {
        if (_file is not null && !_dirty)
            return _file;

        // After a failure the handle may be of no use, and what was written since the last success is unknown.
        Close();
        _file = disk.Open(Path.Combine(options.Folder, WalFormat.FileName(_segment)), DiskOpen.ReadWrite);
        _file.SetLength(_confirmedBytes);
        return _file;
    }

    private void WriteStaged(IDiskFile file, ref long offset, ref int staged)
    {
        if (staged == 0)
            return;
        file.Write(_staging.AsSpan(0, staged), offset);
        offset += staged;
        staged = 0;
    }

    private void Close()
    {
        _file?.Dispose();
        _file = null;
    }
}
