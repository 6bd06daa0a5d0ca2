using Triptych.Storage.Wal;

namespace Triptych.Storage.Heads;

/// <summary>Looking at what appends have changed, by whoever may only tell what is durable.</summary>
public static class HeadObservation
{
    /// <summary>
    /// Looks, under the decision lock, and returns when everything decided before that is durable; false where the log cannot be written just now, or is not
    /// replayed yet, in which case nothing was looked at.
    /// </summary>
    public static async ValueTask<bool> ObserveAsync<THead>(this HeadKeeper<THead> keeper, Action look, CancellationToken cancellationToken)
        where THead : class, IHead
    {
        if (!keeper.Recovery.IsComplete) return false;
        long sequence;
        lock (keeper.Gate)
        {
            look();
            sequence = keeper.Wal.LastReservedSequence;
        }

        return await keeper.WhenDurableAsync(sequence, cancellationToken) == WalDurability.Durable;
    }
}
