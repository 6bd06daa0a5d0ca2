namespace Triptych.Columnar;

/// <summary>
/// A store does not have all of the range that was asked for yet: its write-ahead log is being replayed. It gives nothing rather than a part
/// that would look like the whole. Thrown when a scan or look-up begins, never halfway; ask again after <see cref="WhenReadyAsync"/>.
/// </summary>
/// <param name="describe">What is missing and how far it is, in one line, whenever asked.</param>
/// <param name="whenReady">Completes when the range is there.</param>
/// <param name="retryAfter">What a client is told to wait.</param>
public sealed class SourceNotReadyException(Func<string> describe, Func<CancellationToken, Task> whenReady, TimeSpan retryAfter)
    : Exception(describe())
{
    /// <summary>What a client is told to wait.</summary>
    public TimeSpan RetryAfter => retryAfter;

    /// <summary>What is missing and how far it is by now, in one line.</summary>
    public string Describe() => describe();

    /// <summary>Completes when the range is there.</summary>
    public Task WhenReadyAsync(CancellationToken cancellationToken) => whenReady(cancellationToken);
}
