namespace Triptych.Storage.ObjectStore;

/// <summary>
/// Removes objects that came to nothing, such as the outputs of a merge that failed. Whoever gives up waits for that a moment longer and no more: a
/// bucket that does not answer would hold up the stop of the program for minutes, and what is left is outside of the catalog, so that the next start
/// removes it.
/// </summary>
internal static class ObjectRemoval
{
    /// <summary>How much longer than its caller the removal goes on.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>Removes what can be removed; returns the keys of the rest.</summary>
    /// <param name="objects">Where they lie.</param>
    /// <param name="keys">Their keys.</param>
    /// <param name="time">Measures the patience.</param>
    /// <param name="onFailure">Told of each object that could not be removed, but for those for which there was no more time.</param>
    /// <param name="cancellationToken">Of the work that they came out of; may be cancelled already.</param>
    public static async ValueTask<IReadOnlyList<string>> RemoveAsync(
        IObjectStore objects, IEnumerable<string> keys, TimeProvider time, Action<Exception> onFailure, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource();
        await using var timer = time.CreateTimer(
            static source => ((CancellationTokenSource)source!).Cancel(), limit, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        await using var ending = cancellationToken.Register(() => timer.Change(Patience, Timeout.InfiniteTimeSpan));
        var left = new List<string>();
        foreach (var key in keys)
        {
            try
            {
                await objects.DeleteAsync(key, limit.Token);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or OperationCanceledException)
            {
                left.Add(key);
                if (!limit.IsCancellationRequested)
                    onFailure(e);
            }
        }

        return left;
    }
}
