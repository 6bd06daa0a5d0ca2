using Microsoft.Extensions.Logging;
using Triptych.Collect.Instruments;

namespace Triptych.Server.Hosting;

/// <summary>What collection has to tell, as diagnostics.</summary>
internal sealed partial class CollectEvents(ILogger<CollectEvents> logger) : ICollectEvents
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "target {Instance} of job {Job} is down: {Error}")]
    public partial void TargetDown(string job, string instance, string error);

    [LoggerMessage(Level = LogLevel.Information, Message = "target {Instance} of job {Job} is up again")]
    public partial void TargetUp(string job, string instance);

    [LoggerMessage(Level = LogLevel.Warning, Message = "a scrape of {Instance} of job {Job} could not be stored and is lost: {Reason}")]
    public partial void ScrapeLost(string job, string instance, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "this host has no metrics of the collector {Collector}: {Error}")]
    public partial void HostCollectorFailed(string collector, string error);

    [LoggerMessage(Level = LogLevel.Information, Message = "following {Path} from byte {Offset}")]
    public partial void TailStarted(string path, long offset);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Path} was truncated and is read from its start")]
    public partial void TailTruncated(string path);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Path} cannot be followed just now: {Error}")]
    public partial void TailFailed(string path, string error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "more than {MaxFiles} files match; the others are not followed until some of these are gone")]
    public partial void TailLimitReached(int maxFiles);

    [LoggerMessage(Level = LogLevel.Warning, Message = "lines of files wait ({Reason}); tried again in {RetryIn}, nothing is lost")]
    public partial void TailWaiting(string reason, TimeSpan retryIn);

    [LoggerMessage(Level = LogLevel.Warning, Message = "remote write to {Remote} waits: {Error}")]
    public partial void RemoteWriteFailed(string remote, string error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "a request of remote write to {Remote} is lost: {Reason}")]
    public partial void RemoteWriteLost(string remote, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Loop} failed and goes on")]
    public partial void LoopFailed(string loop, Exception error);
}
