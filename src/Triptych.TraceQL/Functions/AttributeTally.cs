using System.Runtime.InteropServices;
using Triptych.Query.Budgets;
using Triptych.TraceQL.Planning;

namespace Triptych.TraceQL.Functions;

/// <summary>How often spans of one side of a comparison have each value of an attribute.</summary>
internal sealed class ValueCounts : ExemplarGroup
{
    public Dictionary<FieldValue, SparseCounts> ByValue { get; } = [];

    /// <summary>All values together.</summary>
    public SparseCounts All { get; } = new();
}

/// <summary>One attribute in both sides of a comparison, under the name that a query would give it.</summary>
internal sealed class AttributeTally(string name, QueryContext context)
{
    /// <summary>About what another value costs.</summary>
    public const long BytesPerValue = 160;

    public string Name => name;

    public ValueCounts Baseline { get; } = new();

    public ValueCounts Selection { get; } = new();

    /// <summary>Bytes charged to the query for the values.</summary>
    public long ChargedBytes => (Baseline.ByValue.Count + (long)Selection.ByValue.Count) * BytesPerValue;

    /// <summary>Counts a value of a span.</summary>
    public void Add(bool isSelection, FieldValue value, int step)
    {
        var side = isSelection ? Selection : Baseline;
        ref var counts = ref CollectionsMarshal.GetValueRefOrAddDefault(side.ByValue, value, out var isKnown);
        if (!isKnown)
        {
            counts = new SparseCounts();
            context.Charge(BytesPerValue);
        }

        counts!.Add(step);
        side.All.Add(step);
    }
}
