using System.Collections.Immutable;
using Triptych.LogQL.Planning;
using Triptych.LogQL.Syntax;
using Triptych.Model;
using Triptych.Model.Logs;
using Triptych.Query;

namespace Triptych.LogQL.Tailing;

/// <summary>
/// All live tails. In: batches as they are acknowledged, by <see cref="Publish"/>, which copies what a tail wants and never waits for one. Out: a
/// <see cref="LogTail"/> for each client. Without tails publishing costs a read of one field. Any thread may call.
/// </summary>
public sealed class LogTails(LogTailOptions options, TimeProvider time)
{
    private readonly Lock _gate = new();
    private ImmutableArray<LogTail> _tails = [];

    /// <summary>What tails may use.</summary>
    public LogTailOptions Options => options;

    internal TimeProvider Time => time;

    /// <summary>Begins a tail of a log query.</summary>
    /// <param name="tenant">Whose records.</param>
    /// <param name="query">A log query.</param>
    /// <param name="delay">How long each line waits for older ones, which are then sent before it.</param>
    public QueryResult<LogTail> Open(TenantId tenant, string query, TimeSpan delay)
    {
        var parsed = LogQLParser.Parse(query);
        if (!parsed.Succeeded) return new QueryError(QueryErrorKind.BadData, parsed.Error.ToString());
        if (parsed.Value is not LogPipeline pipeline)
            return new QueryError(QueryErrorKind.BadData, "only log queries can be tailed: a metric query gives numbers, not lines");
        if (EvaluationCheck.Find(pipeline) is { } notEvaluated) return notEvaluated;
        var tail = new LogTail(this, tenant, pipeline, delay);
        lock (_gate)
        {
            var count = _tails.Count(t => t.Tenant == tenant);
            if (count < options.MaxTails)
            {
                _tails = _tails.Add(tail);
                TailInstruments.Open.Add(1);
                return tail;
            }
        }

        tail.Dispose();
        return new QueryError(
            QueryErrorKind.BadData, $"max concurrent tail requests limit exceeded, count > limit ({options.MaxTails + 1} > {options.MaxTails})");
    }

    /// <summary>Hands acknowledged records to the tails.</summary>
    /// <param name="tenant">Whose records.</param>
    /// <param name="batch">Read before this returns.</param>
    public void Publish(TenantId tenant, LogBatch batch)
    {
        var tails = _tails;
        foreach (var tail in tails)
        {
            if (tail.Tenant == tenant) tail.Offer(batch, batch.NotNew);
        }
    }

    internal void Remove(LogTail tail)
    {
        lock (_gate)
        {
            var left = _tails.Remove(tail);
            if (left.Length < _tails.Length) TailInstruments.Open.Add(-1);
            _tails = left;
        }
    }
}
