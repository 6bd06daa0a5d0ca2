using Microsoft.AspNetCore.Http;
using System.Text.Json;
using Triptych.Api.Admin;
using Triptych.PromQL.Planning;

namespace Triptych.Api.Prometheus;

/// <summary>Tells about the program itself, in the shapes of Prometheus.</summary>
internal sealed class StatusEndpoints(BuildInfo build, ServerFacts facts, PromQLOptions options, TimeProvider time)
{
    /// <summary><c>status/buildinfo</c>.</summary>
    public Task BuildInfoAsync(ApiCall call) => call.AnswerAsync(json => WriteMap(json, build.ToDictionary()));

    /// <summary><c>/version</c>: the same, bare.</summary>
    public Task VersionAsync(ApiCall call) => call.Response.WriteAsJsonAsync(build.ToDictionary(), call.Aborted);

    /// <summary><c>status/flags</c>.</summary>
    public Task FlagsAsync(ApiCall call) => call.AnswerAsync(json => WriteMap(json, facts.Flags));

    /// <summary><c>status/config</c>.</summary>
    public Task ConfigAsync(ApiCall call) => call.AnswerAsync(json =>
    {
        json.WriteStartObject();
        json.WriteString("yaml", facts.ConfigYaml());
        json.WriteEndObject();
    });

    /// <summary><c>status/walreplay</c>.</summary>
    public Task WalReplayAsync(ApiCall call) => call.AnswerAsync(json =>
    {
        var replay = facts.Replay();
        json.WriteStartObject();
        json.WriteNumber("min", replay.Min);
        json.WriteNumber("max", replay.Max);
        json.WriteNumber("current", replay.Current);
        json.WriteEndObject();
    });

    /// <summary><c>status/runtimeinfo</c>: the keys are Go's, the facts are the nearest ones of this runtime.</summary>
    public Task RuntimeInfoAsync(ApiCall call) => call.AnswerAsync(json =>
    {
        json.WriteStartObject();
        json.WriteString("startTime", PrometheusTime.Rfc3339(facts.StartedAt));
        json.WriteString("CWD", Environment.CurrentDirectory);
        json.WriteString("hostname", Environment.MachineName);
        json.WriteString("serverTime", PrometheusTime.Rfc3339(time.GetUtcNow()));
        json.WriteBoolean("reloadConfigSuccess", facts.ConfigIsCurrent());
        json.WriteString("lastConfigTime", PrometheusTime.Rfc3339(facts.ConfigReadAt()));
        json.WriteNumber("corruptionCount", facts.CorruptionCount());
        json.WriteNumber("goroutineCount", ThreadPool.ThreadCount);
        json.WriteNumber("GOMAXPROCS", Environment.ProcessorCount);
        json.WriteNumber("GOMEMLIMIT", GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
        json.WriteString("GOGC", "");
        json.WriteString("GODEBUG", "");
        json.WriteString("storageRetention", facts.StorageRetention);
        json.WriteEndObject();
    });

    /// <summary><c>features</c>: what of Prometheus' features is there and on.</summary>
    public Task FeaturesAsync(ApiCall call) => call.AnswerAsync(json => FeaturesJson.Write(json, options));

    /// <summary><c>notifications</c>: nothing asks for a restart here.</summary>
    public Task NotificationsAsync(ApiCall call) => call.AnswerAsync(json => WriteEmpty(json));

    /// <summary><c>notifications/live</c>: nothing will come, and 204 tells a browser not to ask again.</summary>
    public Task LiveNotificationsAsync(ApiCall call)
    {
        call.Response.StatusCode = 204;
        return Task.CompletedTask;
    }

    /// <summary><c>alertmanagers</c>: alerts go to no other program.</summary>
    public Task AlertmanagersAsync(ApiCall call) => call.AnswerAsync(json => WriteEmpty(json, "activeAlertmanagers", "droppedAlertmanagers"));

    /// <summary><c>alerts</c>: there are no rules, so none fires.</summary>
    public Task AlertsAsync(ApiCall call) => call.AnswerAsync(json => WriteEmpty(json, "alerts"));

    /// <summary><c>rules</c>: there are none.</summary>
    public Task RulesAsync(ApiCall call) => RuleParameters.FindProblem(call.Parameters) is { } problem
        ? call.FailAsync(problem)
        : call.AnswerAsync(json => WriteEmpty(json, "groups"));

    private static void WriteMap(Utf8JsonWriter json, IReadOnlyDictionary<string, string> map)
    {
        json.WriteStartObject();
        foreach (var (name, value) in map) json.WriteString(name, value);
        json.WriteEndObject();
    }

    private static void WriteEmpty(Utf8JsonWriter json)
    {
        json.WriteStartArray();
        json.WriteEndArray();
    }

    private static void WriteEmpty(Utf8JsonWriter json, params ReadOnlySpan<string> keys)
    {
        json.WriteStartObject();
        foreach (var key in keys)
        {
            json.WritePropertyName(key);
            WriteEmpty(json);
        }

        json.WriteEndObject();
    }
}
