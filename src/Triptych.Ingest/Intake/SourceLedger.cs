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
    public void Record(IngestProtocol protocol, Signal signal, TenantId tenant, long accepted, IEnumerable<Refusal> refusals)
    {
        var now = time.GetUtcNow();
        var account = _accounts.GetOrAdd((protocol, signal), key => new SourceAccount(key.Item1, key.Item2));
        account.Accept(accepted, now.ToUnixTimeMilliseconds());
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
    private readonly ConcurrentDictionary<string, long> _refused = new(StringComparer.Ordinal);
    private long _accepted;
    private long _lastReceivedUnixMs;

    /// <summary>The protocol.</summary>
    public IngestProtocol Protocol => protocol;

    /// <summary>The signal.</summary>
    public Signal Signal => signal;

    /// <summary>Samples, lines or spans that are durable.</summary>
    public long Accepted => Volatile.Read(ref _accepted);

    /// <summary>When something was accepted last, Unix milliseconds; 0 for never.</summary>
    public long LastReceivedUnixMs => Volatile.Read(ref _lastReceivedUnixMs);

    /// <summary>Refused items by reason.</summary>
    public IReadOnlyDictionary<string, long> Refused => _refused;

    internal void Accept(long count, long nowUnixMs)
    {
        if (count == 0) return;
        Interlocked.Add(ref _accepted, count);
        Volatile.Write(ref _lastReceivedUnixMs, nowUnixMs);
    }

    internal void Refuse(string reason, long count) => _refused.AddOrUpdate(reason, count, (_, before) => before + count);
}
