using Triptych.Model.Append;
using Triptych.Model.Logs;

namespace Triptych.LogQL.Tailing;

/// <summary>The logs store as it takes records, with live tails behind it: they get what has become durable and was not there before.</summary>
public sealed class TailedAppender(ILogAppender store, LogTails tails) : ILogAppender
{
    /// <inheritdoc/>
    public async ValueTask<AppendResult> AppendAsync(AppendContext context, LogBatch batch, CancellationToken cancellationToken)
    {
        var result = await store.AppendAsync(context, batch, cancellationToken).ConfigureAwait(false);
        if (result.Status == AppendStatus.Ok) tails.Publish(context.Tenant, batch);
        return result;
    }
}
