using System.Collections.Concurrent;
using Triptych.Model;
using Triptych.Model.Append;

namespace Triptych.Ingest.Intake;

/// <summary>
/// What came in by each protocol and signal and what was refused why: nothing is dropped without being counted here, and the last few refusals are
/// kept with their detail, so that someone can be shown them. Any thread may call.
/// </summary>
public sealed class SourceLedger(TimeProvider time)
{
    /// <summary>How many refusals are kept as samples.</summary>
    public const int KeptRefusals = 100;

    private readonly ConcurrentDictionary<(IngestProtocol, Signal), SourceAccount> _accounts = new();
    private readonly ConcurrentQueue<RefusalSample> _samples = new();

    /// <summary>All accounts that have seen something.</summary>
    public IEnumerable<SourceAccount> Accounts => _accounts.Values.OrderBy(a => a.Signal).ThenBy(a => a.Protocol);

    /// <summary>The last refusals, oldest first.</summary>
    public IReadOnlyList<RefusalSample> Samples => [.. _samples];

    /// <summary>Counts what became of a batch.</summary>
    /// <param name="protocol">How it came.</param>
    /// <param name="signal">Of which signal.</param>
    /// <param name="tenant">Whose.</param>
    /// <param name="accepted">Items that are durable.</param>
    /// <param name="refusals">What was refused why.</param>
    /// <param name="lastMs">The time of its last item, Unix milliseconds; null where it has none.</param>
    public void Record(
        IngestProtocol protocol, Signal signal, TenantId tenant, long accepted, IEnumerable<Refusal> refusals, long? lastMs = null)
    {
        var now = time.GetUtcNow();
        var account = _accounts.GetOrAdd((protocol, signal), key => new SourceAccount(key.Item1, key.Item2));
        account.Accept(accepted, now.ToUnixTimeMilliseconds(), lastMs);
        foreach (var refusal in refusals)
        {
            account.Refuse(refusal.Reason, refusal.Count);
            _samples.Enqueue(new RefusalSample(now, protocol, signal, tenant, refusal));
            while (_samples.Count > KeptRefusals) _samples.TryDequeue(out _);
        }
    }
}

/// <summary>A refusal that is kept as an example.</summary>
public sealed record RefusalSample(DateTimeOffset At, IngestProtocol Protocol, Signal Signal, TenantId Tenant, Refusal Refusal);

/// <summary>What came in by one protocol for one signal. Any thread may call.</summary>
public sealed class SourceAccount(IngestProtocol protocol, Signal signal)
{
    /// <summary>Longer than senders commonly gather a batch, and than the usual interval of scrapes.</summary>
    public static readonly TimeSpan LateAfter = TimeSpan.FromMinutes(2);

    private const long NoDelay = long.MinValue;

    private readonly ConcurrentDictionary<string, long> _refused = new(StringComparer.Ordinal);
    private long _accepted;
    private long _lastReceivedUnixMs;
    private long _late;
    private long _delayMs = NoDelay;

    /// <summary>The protocol.</summary>
    public IngestProtocol Protocol => protocol;

    /// <summary>The signal.</summary>
    public Signal Signal => signal;

    /// <summary>Samples, lines or spans that are durable.</summary>
    public long Accepted => Volatile.Read(ref _accepted);

    /// <summary>When something was accepted last, Unix milliseconds; 0 for never.</summary>
    public long LastReceivedUnixMs => Volatile.Read(ref _lastReceivedUnixMs);

    /// <summary>
    /// Of these, those of requests whose last item was older than <see cref="LateAfter"/> when they were done: what a sender held back, or has the wrong time.
    /// </summary>
    public long Late => Volatile.Read(ref _late);

    /// <summary>How old the last item of the last request was, in milliseconds, less than zero for one of the future; null where none has come.</summary>
    public long? DelayMs => Volatile.Read(ref _delayMs) is var delay && delay == NoDelay ? null : delay;

    /// <summary>Refused items by reason.</summary>
    public IReadOnlyDictionary<string, long> Refused => _refused;

    internal void Accept(long count, long nowUnixMs, long? lastMs)
    {
        if (count == 0) return;
        if (lastMs is { } last)
        {
            // Times are the sender's: any number.
            var delay = (long)Int128.Clamp((Int128)nowUnixMs - last, NoDelay + 1, long.MaxValue);
            Volatile.Write(ref _delayMs, delay);
            if (delay > (long)LateAfter.TotalMilliseconds) Interlocked.Add(ref _late, count);
        }

        Interlocked.Add(ref _accepted, count);
        Volatile.Write(ref _lastReceivedUnixMs, nowUnixMs);
    }

    internal void Refuse(string reason, long count) => _refused.AddOrUpdate(reason, count, (_, before) => before + count);
}
