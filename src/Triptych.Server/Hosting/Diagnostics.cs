using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Triptych.Server.Configuration;

namespace Triptych.Server.Hosting;

/// <summary>The program's own diagnostics: one line or one JSON object each, on standard error.</summary>
internal static class Diagnostics
{
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
