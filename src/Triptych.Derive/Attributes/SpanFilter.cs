using System.Text;
using System.Text.RegularExpressions;
using Triptych.Model.Labels;
using Triptych.Model.Traces;
using Triptych.Primitives.Binary;

namespace Triptych.Derive.Attributes;

/// <summary>Policies, ready to be asked about spans. One thread at a time.</summary>
internal sealed class SpanFilter : IDisposable
{
    private const string OfSpan = "span.";
    private const string OfResource = "resource.";
    private static readonly string[] Kinds =
        ["SPAN_KIND_UNSPECIFIED", "SPAN_KIND_INTERNAL", "SPAN_KIND_SERVER", "SPAN_KIND_CLIENT", "SPAN_KIND_PRODUCER", "SPAN_KIND_CONSUMER"];

    private static readonly string[] Statuses = ["STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR"];
    private readonly List<(Condition[]? Include, Condition[]? Exclude)> _policies;
    private readonly PooledBufferWriter _text = new();

    /// <summary>Makes it; attributes that it asks for are looked for from now on.</summary>
    public SpanFilter(IReadOnlyList<FilterPolicy> policies, WantedAttributes wanted) =>
        _policies = [.. policies.Select(p => (Conditions(p.Include, wanted), Conditions(p.Exclude, wanted)))];

    /// <summary>What is wrong with a condition, or null.</summary>
    public static string? FindProblem(PolicyAttribute attribute, PolicyMatchType type)
    {
        var isKnown = attribute.Key is "kind" or "status" or "name"
            || (attribute.Key.StartsWith(OfSpan, StringComparison.Ordinal) && attribute.Key.Length > OfSpan.Length)
            || (attribute.Key.StartsWith(OfResource, StringComparison.Ordinal) && attribute.Key.Length > OfResource.Length);
        if (!isKnown) return $"the key \"{attribute.Key}\" is none of kind, status, name, span.… and resource.…";
        if (type == PolicyMatchType.Strict)
        {
            return attribute.Key switch
            {
                "kind" when !Kinds.Contains(attribute.Value, StringComparer.Ordinal) => $"\"{attribute.Value}\" is none of {string.Join(", ", Kinds)}",
                "status" when !Statuses.Contains(attribute.Value, StringComparer.Ordinal) => $"\"{attribute.Value}\" is none of {string.Join(", ", Statuses)}",
                _ => null,
            };
        }

        return RegexSyntax.TryCompileAnchored(attribute.Value, out var error) is null ? $"\"{attribute.Value}\" is no regular expression: {error}" : null;
    }

    /// <summary>Whether a span counts.</summary>
    public bool Passes(in SpanFacts span)
    {
        foreach (var (include, exclude) in _policies)
        {
            if (include is not null && !Satisfies(span, include)) return false;
            if (exclude is not null && Satisfies(span, exclude)) return false;
        }

        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => _text.Dispose();

    private static Condition[]? Conditions(PolicyMatch? match, WantedAttributes wanted) => match is null ? null : [.. match.Attributes.Select(a =>
    {
        var key = a.Key.StartsWith(OfSpan, StringComparison.Ordinal) ? a.Key[OfSpan.Length..]
            : a.Key.StartsWith(OfResource, StringComparison.Ordinal) ? a.Key[OfResource.Length..] : null;
        var field = key is null ? a.Key : a.Key[..^(key.Length + 1)];
        var regex = match.MatchType == PolicyMatchType.Regex ? RegexSyntax.TryCompileAnchored(a.Value, out _) : null;
        return new Condition(field, key is null ? -1 : wanted.IndexOf(key), Encoding.UTF8.GetBytes(a.Value), regex);
    })];

    private bool Satisfies(in SpanFacts span, Condition[] conditions)
    {
        foreach (var condition in conditions)
        {
            if (!IsTrue(span, condition)) return false;
        }

        return true;
    }

    private bool IsTrue(in SpanFacts span, in Condition condition)
    {
        _text.Reset();
        switch (condition.Field)
        {
            case "kind":
                _text.WriteUtf8(Kinds[Math.Min(span.Entry.Kind, (byte)(Kinds.Length - 1))]);
                break;
            case "status":
                _text.WriteUtf8(Statuses[Math.Min(span.Entry.StatusCode, (byte)(Statuses.Length - 1))]);
                break;
            case "name":
                _text.Write(span.Batch.Read(span.Entry.Name));
                break;
            case "resource":
                if (!span.Resource.Found[condition.Place].IsFound) return false;
                span.Resource.Found[condition.Place].AppendText(span.Batch.Read(span.Resource.Attributes), _text);
                break;
            default:
                if (!span.Found[condition.Place].IsFound) return false;
                span.Found[condition.Place].AppendText(span.Batch.Read(span.Entry.Attributes), _text);
                break;
        }

        return condition.Regex is { } regex
            ? regex.IsMatch(Encoding.UTF8.GetString(_text.WrittenSpan))
            : _text.WrittenSpan.SequenceEqual(condition.Value);
    }

    private readonly record struct Condition(string Field, int Place, byte[] Value, Regex? Regex);
}
