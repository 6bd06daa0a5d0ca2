using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Triptych.Server.Configuration;

namespace Triptych.Server.Hosting;

/// <summary>The program's own diagnostics: one line or one JSON object each, on standard error.</summary>
internal static class Diagnostics
{
    private static readonly string[] PrintersOfRequests = ["Microsoft.AspNetCore.Hosting.Diagnostics", "Microsoft.AspNetCore.Server.Kestrel.BadRequests"];

    /// <summary>Sets up a provider.</summary>
    public static void Configure(ILoggingBuilder logging, DiagnosticsConfig config)
    {
        logging.ClearProviders();
        logging.SetMinimumLevel(config.Level switch
        {
            DiagnosticsLevel.Debug => LogLevel.Debug,
            DiagnosticsLevel.Info => LogLevel.Information,
            DiagnosticsLevel.Warn => LogLevel.Warning,
            _ => LogLevel.Error,
        });

        // The framework tells of each request and connection; what matters of that is in the metrics.
        logging.AddFilter("Microsoft", config.Level == DiagnosticsLevel.Debug ? LogLevel.Information : LogLevel.Warning);

        // These print requests with their query strings, in which there may be credentials: never below a warning, whatever the level.
        foreach (var category in PrintersOfRequests) logging.AddFilter(category, LogLevel.Warning);
        logging.Services.Configure<ConsoleLoggerOptions>(o => o.LogToStandardErrorThreshold = LogLevel.Trace);
        if (config.Format == DiagnosticsFormat.Json)
        {
            logging.AddJsonConsole(o =>
            {
                o.UseUtcTimestamp = true;
                o.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
            });
        }
        else
        {
            logging.AddSimpleConsole(o =>
            {
                o.SingleLine = true;
                o.UseUtcTimestamp = true;
                o.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
            });
        }
    }
}
