using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Triptych.Primitives.Protobuf;

namespace Triptych.Api.Tempo.Streaming;

/// <summary>
/// The messages that <c>tempopb.StreamingQuerier</c> takes, as the parameters that the same question has over HTTP. Field numbers are those of Tempo's
/// tempo.proto. What is 0 or empty was left out.
/// </summary>
internal static class StreamingRequest
{
    private const int MaxTags = 64;

    /// <summary>Which parameter each field is; null for what is no parameter.</summary>
    private delegate string? FieldNames(int field);

    /// <summary>SearchRequest{tags 1 map, min_duration_ms 2, max_duration_ms 3, limit 4, start 5, end 6, query 8, spans_per_span_set 9}.</summary>
    public static IQueryCollection? Search(ReadOnlySpan<byte> message) => Read(message, field => field switch
    {
        1 => "tags",
        2 => "minDuration",
        3 => "maxDuration",
        4 => "limit",
        5 => "start",
        6 => "end",
        8 => "q",
        9 => "spss",
        _ => null,
    });

    /// <summary>SearchTagsRequest{scope 1, query 2, start 3, end 4, max_tags_per_scope 5}.</summary>
    public static IQueryCollection? Tags(ReadOnlySpan<byte> message) => Read(message, field => field switch
    {
        1 => "scope",
        2 => "q",
        3 => "start",
        4 => "end",
        5 => "limit",
        _ => null,
    });

    /// <summary>SearchTagValuesRequest{tag_name 1, query 2, start 4, end 5, max_tag_values 6}.</summary>
    public static IQueryCollection? TagValues(ReadOnlySpan<byte> message) => Read(message, field => field switch
    {
        1 => "tag",
        2 => "q",
        4 => "start",
        5 => "end",
        6 => "limit",
        _ => null,
    });

    /// <summary>QueryRangeRequest{query 1, start 2, end 3, step 4, exemplars 16, max_series 17} and QueryInstantRequest, its beginning; nanoseconds.</summary>
    public static IQueryCollection? Metrics(ReadOnlySpan<byte> message) => Read(message, field => field switch
    {
        1 => "q",
        2 => "start",
        3 => "end",
        4 => "step",
        16 => "exemplars",
        17 => "maxSeries",
        _ => null,
    });

    private static QueryCollection? Read(ReadOnlySpan<byte> message, FieldNames names)
    {
        var parameters = new Dictionary<string, StringValues>(StringComparer.Ordinal);
        var tags = new StringBuilder();
        var tagCount = 0;
        var reader = new ProtoReader(message);
        while (reader.TryReadTag(out var field, out var wire))
        {
            if (names(field) is not { } name) continue;
            if (name == "tags")
            {
                if (++tagCount > MaxTags) return null;
                AddTag(ref reader, reader.ReadMessage(), tags);
            }
            else if (wire == WireType.LengthDelimited)
            {
                parameters[name] = Encoding.UTF8.GetString(reader.ReadBytes());
            }
            else if (reader.ReadUInt64() is not 0 and var number)
            {
                var unit = name switch { "minDuration" or "maxDuration" => "ms", "step" => "ns", _ => "" };
                parameters[name] = number.ToString(CultureInfo.InvariantCulture) + unit;
            }
        }

        if (reader.Error != ProtoError.None) return null;
        if (tags.Length > 0) parameters["tags"] = tags.ToString();
        return new QueryCollection(parameters);
    }

    // An entry of a map: key 1, value 2; as logfmt, which the parameter is in.
    private static void AddTag(scoped ref ProtoReader parent, ProtoReader entry, StringBuilder tags)
    {
        var key = "";
        var value = "";
        while (entry.TryReadTag(out var field, out _))
        {
            if (field == 1) key = Encoding.UTF8.GetString(entry.ReadBytes());
            else if (field == 2) value = Encoding.UTF8.GetString(entry.ReadBytes());
        }

        if (!parent.Absorb(entry)) return;
        if (tags.Length > 0) tags.Append(' ');
        var escaped = value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
        tags.Append(key).Append("=\"").Append(escaped).Append('"');
    }
}
