using System.Text;
using Triptych.Model.Labels;
using Triptych.Primitives.Protobuf;

namespace Triptych.Api.Prometheus.RemoteRead;

/// <summary>
/// Reads <c>prometheus.ReadRequest</c>:
/// <code>
/// ReadRequest  queries:1 (Query)  accepted_response_types:2 (0 SAMPLES, 1 STREAMED_XOR_CHUNKS)
/// Query        start_timestamp_ms:1  end_timestamp_ms:2  matchers:3 (LabelMatcher)  hints:4 (ReadHints)
/// LabelMatcher type:1 (0 =, 1 !=, 2 =~, 3 !~)  name:2  value:3
/// ReadHints    step_ms:1  func:2  start_ms:3  end_ms:4  grouping:5  by:6  range_ms:7
/// </code>
/// Of the hints, the times narrow the query and the function <c>series</c> says that samples are not looked at; the others change no answer.
/// </summary>
public static class ReadRequestDecoder
{
    /// <summary>The most queries of a request: each pins what it reads until the answer ends.</summary>
    public const int MaxQueries = 64;

    /// <summary>The most matchers of a query.</summary>
    public const int MaxMatchers = 1000;

    private const string NotValid = "body is not a valid prometheus.ReadRequest";
    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Decodes a request; the error is a line for the client.</summary>
    public static (ReadRequest? Request, string? Error) Decode(ReadOnlySpan<byte> body)
    {
        var reader = new ProtoReader(body);
        var queries = new List<ReadQuery>();
        var accepted = new List<int>();
        string? problem = null;
        while (problem is null && reader.TryReadTag(out var field, out var wire))
        {
            switch (field)
            {
                case 1 when queries.Count == MaxQueries:
                    problem = $"more than {MaxQueries} queries";
                    break;
                case 1:
                    var message = reader.ReadMessage();
                    problem = ReadQuery(ref message, queries);
                    reader.Absorb(message);
                    break;
                case 2 when wire == WireType.LengthDelimited:
                    var packed = reader.ReadMessage();
                    while (!packed.AtEnd) Keep(accepted, packed.ReadInt32());
                    reader.Absorb(packed);
                    break;
                case 2:
                    Keep(accepted, reader.ReadInt32());
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        if (reader.Error != ProtoError.None) return (null, $"{NotValid}: {reader.Error} at byte {reader.ErrorOffset}");
        if (problem is not null) return (null, problem);
        return Choose(accepted) is { } kind
            ? (new ReadRequest(queries, kind), null)
            : (null, $"server does not support any of the requested response types: {string.Join(", ", accepted)}; "
                + "supported: SAMPLES (0), STREAMED_XOR_CHUNKS (1)");
    }

    // Kinds that are not known yet are no reason to remember any number of them.
    private static void Keep(List<int> accepted, int kind)
    {
        if (!accepted.Contains(kind) && accepted.Count < 16) accepted.Add(kind);
    }

    private static ReadResponseKind? Choose(List<int> accepted)
    {
        if (accepted.Count == 0) return ReadResponseKind.Samples;
        foreach (var kind in accepted)
        {
            if (kind is 0 or 1) return (ReadResponseKind)kind;
        }

        return null;
    }

    private static string? ReadQuery(ref ProtoReader reader, List<ReadQuery> queries)
    {
        long startMs = 0, endMs = 0;
        var matchers = new List<LabelMatcher>();
        Hints? hints = null;
        while (reader.TryReadTag(out var field, out _))
        {
            switch (field)
            {
                case 1: startMs = reader.ReadInt64(); break;
                case 2: endMs = reader.ReadInt64(); break;
                case 3 when matchers.Count == MaxMatchers: return $"more than {MaxMatchers} matchers";
                case 3:
                    var message = reader.ReadMessage();
                    var problem = ReadMatcher(ref message, matchers);
                    if (!reader.Absorb(message)) return null;
                    if (problem is not null) return problem;
                    break;
                case 4:
                    var told = reader.ReadMessage();
                    hints = ReadHints(ref told);
                    reader.Absorb(told);
                    break;
                default: reader.Skip(); break;
            }
        }

        // A sender that knows no hints may still send the message, empty.
        if (hints is { } h && (h.StartMs != 0 || h.EndMs != 0))
        {
            startMs = Math.Max(startMs, h.StartMs);
            endMs = Math.Min(endMs, h.EndMs);
        }

        queries.Add(new ReadQuery(startMs, endMs, matchers, hints?.IsSeries ?? false));
        return null;
    }

    private static string? ReadMatcher(ref ProtoReader reader, List<LabelMatcher> matchers)
    {
        var type = 0;
        string? name = "", value = "";
        while (reader.TryReadTag(out var field, out _))
        {
            switch (field)
            {
                case 1: type = reader.ReadInt32(); break;
                case 2: name = Text(reader.ReadBytes()); break;
                case 3: value = Text(reader.ReadBytes()); break;
                default: reader.Skip(); break;
            }
        }

        if (reader.Error != ProtoError.None) return null;
        if (name is null || value is null) return "a matcher is not valid UTF-8";
        if (name.Length == 0) return "a matcher has no label name";
        MatchOp? op = type switch { 0 => MatchOp.Equal, 1 => MatchOp.NotEqual, 2 => MatchOp.Regex, 3 => MatchOp.NotRegex, _ => null };
        if (op is null) return $"invalid matcher type {type}";
        if (LabelMatcher.TryCreate(name, op.Value, value, out var error) is not { } matcher) return $"matcher of label \"{name}\": {error}";
        matchers.Add(matcher);
        return null;
    }

    private static Hints ReadHints(ref ProtoReader reader)
    {
        var hints = default(Hints);
        while (reader.TryReadTag(out var field, out _))
        {
            switch (field)
            {
                case 2: hints = hints with { IsSeries = reader.ReadBytes().SequenceEqual("series"u8) }; break;
                case 3: hints = hints with { StartMs = reader.ReadInt64() }; break;
                case 4: hints = hints with { EndMs = reader.ReadInt64() }; break;
                default: reader.Skip(); break;
            }
        }

        return hints;
    }

    private static string? Text(ReadOnlySpan<byte> utf8)
    {
        try
        {
            return s_utf8.GetString(utf8);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    private readonly record struct Hints(bool IsSeries, long StartMs, long EndMs);
}
