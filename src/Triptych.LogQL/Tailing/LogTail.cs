using System.Collections.Concurrent;
using Triptych.LogQL.Planning;
using Triptych.LogQL.Syntax;
using Triptych.Model;
using Triptych.Model.Labels;
using Triptych.Model.Logs;
using Triptych.Primitives.Checksums;

namespace Triptych.LogQL.Tailing;

/// <summary>
/// One live tail: a log query over records as they are acknowledged. From its making on records are kept for it, so that a query for older lines that is
/// asked after it leaves no gap; give the records of that query's answer to <see cref="Skip"/>. One reader; dispose it when the client is gone.
/// </summary>
public sealed class LogTail : IDisposable
{
    private const int MaxFrameLines = 1000;
    private const int MaxFrameBytes = 256 * 1024;
    private const int MaxVerdicts = 8192;

    private readonly LogTails _owner;
    private readonly IReadOnlyList<LabelMatcher> _matchers;
    private readonly ConcurrentDictionary<ulong, (byte[] Labels, bool IsWanted)> _verdicts = new();
    private readonly TailQueue _queue;
    private readonly TailPipeline _pipeline;
    private readonly List<(long TimeUnixNanos, int Segment, int Index)> _order = [];
    private int _next;
    private List<TailSegment> _taken = [];
    private HashSet<Hash128> _skipped = [];
    private int _disposed;

    internal LogTail(LogTails owner, TenantId tenant, LogPipeline query, TimeSpan delay)
    {
        _owner = owner;
        Tenant = tenant;
        _matchers = query.Selector.ToMatchers();
        _queue = new TailQueue(owner.Options.MaxQueuedBytes, delay, owner.Time);
        _pipeline = new TailPipeline(query, owner.Time);
    }

    /// <summary>Whose records.</summary>
    public TenantId Tenant { get; }

    /// <summary>Leaves these records out: the client has them.</summary>
    public void Skip(HashSet<Hash128> records) => _skipped = records;

    /// <summary>Waits for the next lines, or for something dropped to tell of.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async ValueTask<TailFrame> NextAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (_next == _order.Count)
            {
                GiveBack();
                _taken = await _queue.TakeAsync(cancellationToken).ConfigureAwait(false);
                Order();
            }

            cancellationToken.ThrowIfCancellationRequested();
            var lines = TakeLines();
            var (dropped, named) = _queue.TakeDropped();
            if (lines.Count == 0 && dropped == 0) continue;
            TailInstruments.Lines.Add(lines.Count);
            TailInstruments.Dropped.Add(dropped);
            return new TailFrame(lines, _pipeline.Symbols, dropped, named);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        _owner.Remove(this);
        GiveBack();
        _queue.Dispose();
    }

    /// <summary>Keeps what the query's streams have of a batch. Never waits.</summary>
    internal void Offer(LogBatch batch, ReadOnlySpan<int> notNew)
    {
        var streams = batch.Streams;
        var wanted = streams.Length <= 256 ? stackalloc bool[streams.Length] : new bool[streams.Length];
        var any = false;
        for (var i = 0; i < streams.Length; i++)
        {
            wanted[i] = Wants(batch.Read(streams[i].Labels), streams[i].Hash);
            any |= wanted[i];
        }

        if (any) _queue.Offer(batch, notNew, wanted);
    }

    private bool Wants(ReadOnlySpan<byte> labels, ulong hash)
    {
        if (_verdicts.TryGetValue(hash, out var known) && labels.SequenceEqual(known.Labels)) return known.IsWanted;
        var pairs = LabelSet.Decode(labels);
        var isWanted = true;
        foreach (var matcher in _matchers)
        {
            var value = "";
            foreach (var (name, text) in pairs)
            {
                if (name == matcher.Name) value = text;
            }

            isWanted &= matcher.Matches(value);
        }

        if (_verdicts.Count >= MaxVerdicts) _verdicts.Clear();
        _verdicts[hash] = (labels.ToArray(), isWanted);
        return isWanted;
    }

    /// <summary>Puts what was taken in order of time; equal times stay as they came.</summary>
    private void Order()
    {
        for (var s = 0; s < _taken.Count; s++)
        {
            var entries = _taken[s].Records.Entries;
            for (var i = 0; i < entries.Length; i++) _order.Add((entries[i].TimeUnixNanos, s, i));
        }

        _order.Sort();
    }

    private List<LogLine> TakeLines()
    {
        _pipeline.Refresh();
        var lines = new List<LogLine>();
        var bytes = 0L;
        while (lines.Count < MaxFrameLines && bytes < MaxFrameBytes && _next < _order.Count)
        {
            var (_, segment, index) = _order[_next++];
            var records = _taken[segment].Records;
            ref readonly var entry = ref records.Entries[index];
            if (_skipped.Count > 0 && _skipped.Remove(IdentityOf(records, entry))) continue;
            if (_pipeline.Apply(records, entry) is not { } line) continue;
            lines.Add(line);
            bytes += line.Line.Length;
        }

        return lines;
    }

    private static Hash128 IdentityOf(LogBatch records, in LogEntry entry) => RecordIdentity.Of(
        records.Read(records.Streams[entry.Stream].Labels), entry.TimeUnixNanos, records.Read(entry.Line), records.Read(entry.Metadata));

    private void GiveBack()
    {
        _order.Clear();
        _next = 0;
        foreach (var segment in _taken) _queue.Return(segment);
        _taken = [];
    }
}
