using Microsoft.Extensions.Logging;
using Triptych.Derive.Output;

namespace Triptych.Server.Hosting;

/// <summary>What derived metrics have to tell, as diagnostics.</summary>
internal sealed partial class DeriveEvents(ILogger<DeriveEvents> logger) : IDeriveEvents
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "span metrics are not written this time, the next ones say the same: {Reason}")]
    public partial void NotWritten(string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Samples} samples of span metrics were refused: {Reason}")]
    public partial void Refused(long samples, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "writing span metrics failed and is tried again")]
    public partial void Failed(Exception exception);
}
