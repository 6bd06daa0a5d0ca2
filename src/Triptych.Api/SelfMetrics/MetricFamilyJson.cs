using System.Globalization;
using System.Text.Json;

namespace Triptych.Api.SelfMetrics;

/// <summary>
/// The text of <c>/metrics</c> as protobuf's JSON of <c>io.prometheus.client.MetricFamily</c>, so that both say the same: 64-bit counts are strings, and so are
/// numbers that JSON does not have.
/// </summary>
internal static class MetricFamilyJson
{
    /// <summary>Writes the families whose name satisfies the condition.</summary>
    public static void Write(Utf8JsonWriter json, string text, Func<string, bool> isWanted)
    {
        json.WriteStartArray();
        foreach (var family in Read(text).Where(family => isWanted(family.Name)))
        {
            json.WriteStartObject();
            json.WriteString("name", family.Name);
            if (family.Help.Length > 0) json.WriteString("help", family.Help);
            json.WriteString("type", family.Type.ToUpperInvariant());
            json.WriteStartArray("metric");
            if (family.Type == "histogram") WriteHistograms(json, family);
            else foreach (var sample in family.Samples) WriteValue(json, family.Type, sample);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteValue(Utf8JsonWriter json, string type, Sample sample)
    {
        json.WriteStartObject();
        WriteLabels(json, sample.Labels);
        json.WriteStartObject(type);
        WriteNumber(json, "value", sample.Value);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteHistograms(Utf8JsonWriter json, Family family)
    {
        var metrics = family.Samples.GroupBy(
            sample => string.Join('\u0001', sample.Labels.Where(l => l.Name != "le").Select(l => $"{l.Name}\u0002{l.Value}")), StringComparer.Ordinal);
        foreach (var metric in metrics)
        {
            json.WriteStartObject();
            WriteLabels(json, [.. metric.First().Labels.Where(label => label.Name != "le")]);
            json.WriteStartObject("histogram");
            json.WriteString("sampleCount", Count(metric.First(s => s.Name == family.Name + "_count").Value));
            WriteNumber(json, "sampleSum", metric.First(s => s.Name == family.Name + "_sum").Value);
            json.WriteStartArray("bucket");
            foreach (var bucket in metric.Where(s => s.Name == family.Name + "_bucket"))
            {
                json.WriteStartObject();
                json.WriteString("cumulativeCount", Count(bucket.Value));
                WriteNumber(json, "upperBound", Number(bucket.Labels.First(label => label.Name == "le").Value));
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndObject();
        }
    }

    private static void WriteLabels(Utf8JsonWriter json, IReadOnlyList<(string Name, string Value)> labels)
    {
        if (labels.Count == 0) return;
        json.WriteStartArray("label");
        foreach (var (name, value) in labels)
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteString("value", value);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteNumber(Utf8JsonWriter json, string key, double value)
    {
        if (double.IsFinite(value)) json.WriteNumber(key, value);
        else json.WriteString(key, double.IsNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
    }

    private static string Count(double value) => ((long)value).ToString(CultureInfo.InvariantCulture);

    private static double Number(string text) => text switch
    {
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        "NaN" => double.NaN,
        _ => double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture),
    };

    private static List<Family> Read(string text)
    {
        var families = new List<Family>();
        var help = "";
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var words = line.Split(' ', 4);
            if (words[0] != "#") families[^1].Samples.Add(ReadSample(line));
            else if (words[1] == "HELP") help = Unescape(words[3]);
            else
            {
                families.Add(new Family(words[2], words[3], help, []));
                help = "";
            }
        }

        return families;
    }

    private static Sample ReadSample(string line)
    {
        var end = line.LastIndexOf(' ');
        var open = line.IndexOf('{', StringComparison.Ordinal);
        var labels = new List<(string, string)>();
        for (var at = open + 1; open >= 0 && line[at] != '}';)
        {
            var equals = line.IndexOf('=', at);
            var close = equals + 2;
            while (line[close] != '"') close += line[close] == '\\' ? 2 : 1;
            labels.Add((line[at..equals], Unescape(line[(equals + 2)..close])));
            at = line[close + 1] == ',' ? close + 2 : close + 1;
        }

        return new Sample(line[..(open < 0 ? end : open)], labels, Number(line[(end + 1)..]));
    }

    private static string Unescape(string text)
    {
        if (!text.Contains('\\', StringComparison.Ordinal)) return text;
        var plain = new System.Text.StringBuilder();
        for (var i = 0; i < text.Length; i++) plain.Append(text[i] != '\\' ? text[i] : text[++i] == 'n' ? '\n' : text[i]);
        return plain.ToString();
    }

    private sealed record Family(string Name, string Type, string Help, List<Sample> Samples);

    private sealed record Sample(string Name, IReadOnlyList<(string Name, string Value)> Labels, double Value);
}
