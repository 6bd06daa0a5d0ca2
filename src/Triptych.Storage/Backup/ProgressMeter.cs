namespace Triptych.Storage.Backup;

/// <summary>Adds up what is done; counts an object as its whole size once it is through, however often its bytes were read.</summary>
internal sealed class ProgressMeter(BackupManifest manifest, IProgress<BackupProgress> progress)
{
    private const long ReportEveryBytes = 4L << 20;
    private readonly long _totalBytes = manifest.TotalBytes;
    private long _doneBytes;
    private long _objectBytes;
    private long _reported;
    private int _doneObjects;

    /// <summary>Bytes of the object under way.</summary>
    public void Advance(long bytes)
    {
        _objectBytes += bytes;
        if (_doneBytes + _objectBytes - _reported >= ReportEveryBytes)
            Report();
    }

    /// <summary>The object under way begins again.</summary>
    public void Restart() => _objectBytes = 0;

    /// <summary>An object is through.</summary>
    public void ObjectDone(ManifestBlock block)
    {
        _objectBytes = 0;
        _doneBytes += block.SizeBytes;
        _doneObjects++;
        Report();
    }

    private void Report()
    {
        _reported = _doneBytes + _objectBytes;
        progress.Report(new BackupProgress(Math.Min(_reported, _totalBytes), _totalBytes, _doneObjects, manifest.Blocks.Count));
    }
}
