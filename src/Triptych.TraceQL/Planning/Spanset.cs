namespace Triptych.TraceQL.Planning;

/// <summary>Some spans of one trace, by local number, with what the pipeline computed about them (<c>count()</c>, <c>by(name)</c>).</summary>
internal sealed record Spanset(bool[] Members, int Count, IReadOnlyList<KeyValuePair<string, FieldValue>> Attributes)
{
    /// <summary>The set, or null where it is empty: empty sets leave a pipeline.</summary>
    public static Spanset? Of(bool[] members, IReadOnlyList<KeyValuePair<string, FieldValue>> attributes)
    {
        var count = members.AsSpan().Count(true);
        return count == 0 ? null : new Spanset(members, count, attributes);
    }

    public Spanset With(string key, FieldValue value) => this with { Attributes = [.. Attributes, new(key, value)] };
}
