using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Triptych.Api.Admin;
using Triptych.Api.Hosting;
using Triptych.Api.Prometheus;
using Triptych.Ingest.Intake;
using Triptych.Model.Labels;
using Triptych.Primitives.Memory;
using Triptych.Primitives.Text;

namespace Triptych.Api.SelfMetrics;

/// <summary>
/// <c>GET /metrics</c>: the program's own metrics in the text format 0.0.4, on every port; <c>status/self_metrics</c> of Prometheus' API: the same as JSON.
/// </summary>
/// <param name="collector">What the parts of the program measure.</param>
/// <param name="ledger">What came in and what of it was refused.</param>
/// <param name="inFlight">What bodies on their way in have taken and may take.</param>
/// <param name="build">Which build this is.</param>
/// <param name="time">The clock for the start of the process.</param>
public sealed class SelfMetricsEndpoint(MeterCollector collector, SourceLedger ledger, MemoryBudget inFlight, BuildInfo build, TimeProvider time)
{
    private readonly double _startSeconds = time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0;

    /// <summary>What is stored in blocks, by signal.</summary>
    public Func<IEnumerable<StoredSignal>> Stored { get; init; } = static () => [];

    /// <summary>Maps the endpoint.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/metrics", GetAsync).WithMetadata(new ApiFamilyMetadata(ApiFamily.Health));
        routes.MapMethods("/api/v1/status/self_metrics", ["GET"], ApiCall.Handler(TellAsync)).WithMetadata(new ApiFamilyMetadata(ApiFamily.Prometheus));
    }

    // As Prometheus tells its own: all families, or those whose whole name a pattern matches.
    private Task TellAsync(ApiCall call)
    {
        var pattern = call.Parameters.Get("metric_name_pattern");
        if (pattern.Length == 0) return call.AnswerAsync(json => MetricFamilyJson.Write(json, Write(), _ => true));
        return LabelMatcher.TryCreate(LabelNames.MetricName, MatchOp.Regex, pattern, out var error) is { } matcher
            ? call.AnswerAsync(json => MetricFamilyJson.Write(json, Write(), matcher.Matches))
            : call.FailAsync(ApiError.BadParameter("metric_name_pattern", error!));
    }

    private Task GetAsync(HttpContext context)
    {
        context.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
        return context.Response.WriteAsync(Write(), context.RequestAborted);
    }

    /// <summary>The whole text.</summary>
    public string Write()
    {
        var text = new StringBuilder(16 * 1024);
        foreach (var instrument in collector.Collect()) WriteInstrument(text, instrument);
        WriteProcess(text);
        WriteLedger(text);
        WriteInFlight(text);
        WriteStored(text);
        Head(text, "triptych_build_info", "gauge", "Which build this is.");
        text.Append("triptych_build_info{version=\"").Append(build.Version).Append("\",revision=\"").Append(build.Revision).Append("\"} 1\n");
        return text.ToString();
    }

    private static void WriteInstrument(StringBuilder text, CollectedInstrument instrument)
    {
        if (instrument.Series.Count == 0) return;
        Head(text, instrument.Name, instrument.Type.ToString().ToLowerInvariant(), instrument.Help);
        foreach (var (labels, series) in instrument.Series.OrderBy(s => s.Key, StringComparer.Ordinal))
        {
            var (value, count, buckets) = series.Read();
            if (instrument.Type != ExposedType.Histogram)
            {
                Sample(text, instrument.Name, labels, value);
                continue;
            }

            long cumulative = 0;
            for (var i = 0; i < buckets.Length; i++)
            {
                cumulative += buckets[i];
                var bound = i < CollectedInstrument.HistogramBounds.Length ? Number(CollectedInstrument.HistogramBounds[i]) : "+Inf";
                Sample(text, instrument.Name + "_bucket", Join(labels, $"le=\"{bound}\""), cumulative);
            }

            Sample(text, instrument.Name + "_sum", labels, value);
            Sample(text, instrument.Name + "_count", labels, count);
        }
    }

    private void WriteProcess(StringBuilder text)
    {
        Head(text, "process_cpu_seconds_total", "counter", "User and system CPU time of the process.");
        Sample(text, "process_cpu_seconds_total", "", Environment.CpuUsage.TotalTime.TotalSeconds);
        Head(text, "process_resident_memory_bytes", "gauge", "Resident memory of the process.");
        Sample(text, "process_resident_memory_bytes", "", Environment.WorkingSet);
        Head(text, "process_start_time_seconds", "gauge", "When the process started, Unix time.");
        Sample(text, "process_start_time_seconds", "", _startSeconds);
        if (!Directory.Exists("/proc/self/fd")) return;
        Head(text, "process_open_fds", "gauge", "Open file descriptors.");
        Sample(text, "process_open_fds", "", Directory.EnumerateFileSystemEntries("/proc/self/fd").Count());
    }

    private void WriteLedger(StringBuilder text)
    {
        Head(text, "triptych_ingest_accepted_total", "counter", "Samples, log records and spans that were accepted and are durable.");
        foreach (var account in ledger.Accounts) Sample(text, "triptych_ingest_accepted_total", LabelsOf(account), account.Accepted);
        Head(text, "triptych_ingest_refused_total", "counter", "Samples, log records, spans and requests that were refused, by reason.");
        foreach (var account in ledger.Accounts)
        {
            foreach (var (reason, count) in account.Refused.OrderBy(r => r.Key, StringComparer.Ordinal))
            {
                Sample(text, "triptych_ingest_refused_total", Join(LabelsOf(account), $"reason=\"{reason}\""), count);
            }
        }
    }

    private void WriteInFlight(StringBuilder text)
    {
        Head(text, "triptych_ingest_bytes_in_flight", "gauge", "Memory that bodies on their way in hold, as sent and as decoded.");
        Sample(text, "triptych_ingest_bytes_in_flight", "", inFlight.Used);
        Head(text, "triptych_ingest_bytes_in_flight_limit", "gauge", "The most that they may hold: ingest.max_bytes_in_flight.");
        Sample(text, "triptych_ingest_bytes_in_flight_limit", "", inFlight.Limit);
    }

    private void WriteStored(StringBuilder text)
    {
        var stored = Stored().ToList();
        Write("triptych_stored_bytes", "Bytes of all blocks.", static one => one.Bytes);
        Write("triptych_stored_blocks", "Blocks.", static one => one.Blocks);
        Write("triptych_stored_rows", "Rows of blocks: log records, spans, and for metrics the series of each block.", static one => one.Rows);

        void Write(string name, string help, Func<StoredSignal, double> value)
        {
            if (stored.Count == 0) return;
            Head(text, name, "gauge", help);
            foreach (var one in stored) Sample(text, name, $"signal=\"{one.Signal}\"", value(one));
        }
    }

    private static string LabelsOf(SourceAccount account) =>
        $"protocol=\"{account.Protocol.NameOf()}\",signal=\"{account.Signal.ToString().ToLowerInvariant()}\"";

    private static string Join(string labels, string label) => labels.Length == 0 ? label : labels + "," + label;

    private static void Head(StringBuilder text, string name, string type, string help)
    {
        if (help.Length > 0)
        {
            text.Append("# HELP ").Append(name).Append(' ')
                .Append(help.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)).Append('\n');
        }

        text.Append("# TYPE ").Append(name).Append(' ').Append(type).Append('\n');
    }

    private static void Sample(StringBuilder text, string name, string labels, double value)
    {
        text.Append(name);
        if (labels.Length > 0) text.Append('{').Append(labels).Append('}');
        text.Append(' ').Append(Number(value)).Append('\n');
    }

    private static string Number(double value) => FloatFormat.Prometheus(value);
}
