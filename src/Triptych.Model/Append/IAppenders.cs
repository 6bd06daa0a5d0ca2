using Triptych.Model.Logs;
using Triptych.Model.Metrics;
using Triptych.Model.Traces;

namespace Triptych.Model.Append;

/// <summary>
/// The metrics store as ingest sees it. Returns when everything accepted is durable. The batch is read before the method's first await
/// is over and may be reused once the task is done. Any thread may call.
/// </summary>
public interface IMetricAppender
{
    /// <summary>Appends a batch.</summary>
    ValueTask<AppendResult> AppendAsync(AppendContext context, MetricBatch batch, CancellationToken cancellationToken);
}

/// <summary>The logs store as ingest sees it; conditions as for <see cref="IMetricAppender"/>.</summary>
public interface ILogAppender
{
    /// <inheritdoc cref="IMetricAppender.AppendAsync"/>
    ValueTask<AppendResult> AppendAsync(AppendContext context, LogBatch batch, CancellationToken cancellationToken);
}

/// <summary>The traces store as ingest sees it; conditions as for <see cref="IMetricAppender"/>.</summary>
public interface ISpanAppender
{
    /// <inheritdoc cref="IMetricAppender.AppendAsync"/>
    ValueTask<AppendResult> AppendAsync(AppendContext context, SpanBatch batch, CancellationToken cancellationToken);
}
