namespace Triptych.TraceQL.Planning;

/// <summary>
/// Some spans of one trace, by local number, ascending, with what the pipeline computed about them (<c>count()</c>, <c>by(name)</c>). Never empty:
/// empty sets leave a pipeline.
/// </summary>
internal sealed record Spanset(IReadOnlyList<int> Spans, IReadOnlyList<KeyValuePair<string, FieldValue>> Attributes)
{
    public int Count => Spans.Count;

    /// <summary>All spans of a trace.</summary>
    public static Spanset Whole(TraceView trace) => new([.. Enumerable.Range(0, trace.Count)], []);

    /// <summary>The spans whose element is true, or null where none is.</summary>
    public static Spanset? Of(bool[] members, IReadOnlyList<KeyValuePair<string, FieldValue>> attributes)
    {
        var spans = new List<int>(members.AsSpan().Count(true));
        for (var span = 0; span < members.Length; span++)
        {
            if (members[span])
            {
                spans.Add(span);
            }
        }

        return spans.Count == 0 ? null : new Spanset(spans, attributes);
    }

    /// <summary>Sets the elements of its spans.</summary>
    public void AddTo(bool[] members)
    {
        foreach (var span in Spans)
        {
            members[span] = true;
        }
    }

    public Spanset With(string key, FieldValue value) => this with { Attributes = [.. Attributes, new(key, value)] };
}
