using Triptych.Storage.Backup;

namespace Triptych.Server.Import;

/// <summary>Adds up what is read of the source, part by part.</summary>
internal sealed class ImportProgress(IProgress<BackupProgress> progress, IReadOnlyList<long> partBytes)
{
    private const long ReportEveryBytes = 1L << 20;
    private readonly long _totalBytes = partBytes.Sum();
    private long _doneBytes;
    private long _reported;
    private int _part;

    /// <summary>So much of the part under way is read.</summary>
    public void At(long bytes)
    {
        var done = _doneBytes + Math.Min(bytes, partBytes[_part]);
        if (done - _reported < ReportEveryBytes) return;
        Report(done);
    }

    /// <summary>The part under way is through.</summary>
    public void PartDone()
    {
        _doneBytes += partBytes[_part++];
        Report(_doneBytes);
    }

    private void Report(long done)
    {
        _reported = done;
        progress.Report(new BackupProgress(done, _totalBytes, _part, partBytes.Count));
    }
}
