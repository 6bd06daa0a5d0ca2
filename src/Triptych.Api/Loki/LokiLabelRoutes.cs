using Microsoft.AspNetCore.Routing;
using Triptych.Columnar;
using Triptych.Columnar.Rows;
using Triptych.Model.Labels;

namespace Triptych.Api.Loki;

/// <summary>What labels there are: names, values, streams, cardinalities. All from the streams that have a record in the time asked for.</summary>
internal sealed class LokiLabelRoutes(ILogSource source)
{
    /// <summary><c>labels</c>: the names, sorted.</summary>
    public Task NamesAsync(LokiCall call) => WriteTextsAsync(call, AddNames);

    /// <summary><c>label/{name}/values</c>: the values, sorted.</summary>
    public Task ValuesAsync(LokiCall call) => WriteTextsAsync(call, ValuesOf((string)call.Http.GetRouteValue("name")!));

    /// <summary><c>/api/prom/label</c>, of Loki before version 1: the names.</summary>
    public Task LegacyNamesAsync(LokiCall call) => WriteTextsAsync(call, AddNames, isLegacy: true);

    /// <summary><c>/api/prom/label/{name}/values</c>: the values.</summary>
    public Task LegacyValuesAsync(LokiCall call) => WriteTextsAsync(call, ValuesOf((string)call.Http.GetRouteValue("name")!), isLegacy: true);

    /// <summary><c>series</c>: the streams.</summary>
    public async Task SeriesAsync(LokiCall call)
    {
        if (await FindStreamsAsync(call, "match[]", "match") is not { } found) return;
        await using var reply = new JsonReply(call.Http);
        var json = reply.Writer;
        json.WriteStartObject();
        json.WriteString("status", "success");
        json.WriteStartArray("data");
        foreach (var stream in found.LabelSets)
        {
            json.WriteStartObject();
            WriteStream(reply, stream);
            json.WriteEndObject();
            await reply.FlushIfFullAsync();
        }

        json.WriteEndArray();
        reply.WriteWarnings(found.Warnings);
        json.WriteEndObject();
        await reply.FinishAsync();
    }

    /// <summary><c>detected_labels</c>: the names with their number of values.</summary>
    public async Task DetectedAsync(LokiCall call)
    {
        if (await FindStreamsAsync(call, "query") is not { } found) return;
        var values = new SortedDictionary<string, HashSet<string>>(StringComparer.Ordinal);
        foreach (var stream in found.LabelSets)
        {
            foreach (var (name, value) in LabelSet.Decode(stream))
            {
                if (!values.TryGetValue(name, out var seen)) values[name] = seen = new HashSet<string>(StringComparer.Ordinal);
                seen.Add(value);
            }
        }

        await using var reply = new JsonReply(call.Http);
        var json = reply.Writer;
        json.WriteStartObject();
        json.WriteStartArray("detectedLabels");
        foreach (var (name, seen) in values)
        {
            json.WriteStartObject();
            json.WriteString("label", name);
            json.WriteNumber("cardinality", seen.Count);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        reply.WriteWarnings(found.Warnings);
        json.WriteEndObject();
        await reply.FinishAsync();
    }

    private async Task WriteTextsAsync(LokiCall call, Action<IReadOnlyList<KeyValuePair<string, string>>, SortedSet<string>> pick, bool isLegacy = false)
    {
        if (await FindStreamsAsync(call, "query") is not { } found) return;
        var texts = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var stream in found.LabelSets) pick(LabelSet.Decode(stream), texts);
        await using var reply = new JsonReply(call.Http);
        var json = reply.Writer;
        json.WriteStartObject();
        if (!isLegacy) json.WriteString("status", "success");
        if (texts.Count > 0 || isLegacy)
        {
            // Loki leaves the key out where there is nothing; some clients tell "none" by that.
            json.WriteStartArray(isLegacy ? "values" : "data");
            foreach (var text in texts)
            {
                json.WriteStringValue(text);
                await reply.FlushIfFullAsync();
            }

            json.WriteEndArray();
        }

        reply.WriteWarnings(found.Warnings);
        json.WriteEndObject();
        await reply.FinishAsync();
    }

    private static void AddNames(IReadOnlyList<KeyValuePair<string, string>> labels, SortedSet<string> found)
    {
        foreach (var (name, _) in labels) found.Add(name);
    }

    private static Action<IReadOnlyList<KeyValuePair<string, string>>, SortedSet<string>> ValuesOf(string wanted) => (labels, found) =>
    {
        foreach (var (name, value) in labels)
        {
            if (name == wanted) found.Add(value);
        }
    };

    private async ValueTask<FoundStreams?> FindStreamsAsync(LokiCall call, params string[] selectorParameters)
    {
        var range = call.Parameters.Range();
        var selectors = call.Parameters.Selectors(selectorParameters);
        if (await call.RefusedAsync()) return null;
        var lookup = new StreamLookup(call.Tenant, selectors, range.StartUnixNanos, range.EndUnixNanos);
        return await call.EvaluateAsync<FoundStreams>(async query =>
        {
            var statistics = new ScanStatistics();
            var streams = await source.StreamsAsync(lookup with { Budget = query.Memory }, statistics, query.CancellationToken);
            query.Add(statistics);
            foreach (var stream in streams) query.Charge(stream.Length);
            return new FoundStreams(streams, query.Warnings);
        });
    }

    private static void WriteStream(JsonReply reply, byte[] canonical)
    {
        var labels = new LabelSetReader(canonical);
        while (labels.TryRead(out var name, out var value)) reply.Writer.WriteString(name, value);
    }

    private sealed record FoundStreams(IReadOnlyList<byte[]> LabelSets, IReadOnlyCollection<string> Warnings);
}
