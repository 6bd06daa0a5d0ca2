namespace Triptych.Storage.Wal;

/// <summary>A newer version of this program wrote the WAL, which alone can read it. Nothing is set aside: the start ends here.</summary>
public sealed class WalTooNewException(string message) : IOException(message);
