using Triptych.TraceQL.Syntax;

namespace Triptych.TraceQL.Planning;

/// <summary>One assembled trace. Spans have local numbers, 0 to <see cref="Count"/>, in the order of their start.</summary>
internal sealed class TraceView(SpanTable table, List<int> rows)
{
    private SpanTree? _tree;

    public SpanTable Table => table;

    public int Count => rows.Count;

    /// <summary>Parents and children, built on first use.</summary>
    public SpanTree Tree => _tree ??= new SpanTree(this);

    /// <summary>
    /// The local number of the first span without a parent, or -1 while it has not been received. Where a client and a server share their id, the
    /// server hangs below the client (see <see cref="SpanTree"/>) and is no root.
    /// </summary>
    public int Root { get; } = FindRoot(table, rows);

    public long StartUnixNanos => this[0].StartUnixNanos;

    /// <summary>From the first start to the last end.</summary>
    public long DurationNanos { get; } = rows.Max(row => table[row].EndUnixNanos) - table[rows[0]].StartUnixNanos;

    public ref SpanRow this[int span] => ref table[rows[span]];

    /// <summary>The row of the table that a span stands in.</summary>
    public int RowOf(int span) => rows[span];

    /// <summary>Fills the slots of the fields that only the whole trace has.</summary>
    public void FillTraceFields()
    {
        for (var slot = 0; slot < table.Catalog.Slots.Count; slot++)
        {
            var definition = table.Catalog.Slots[slot];
            if (!definition.OfTrace)
            {
                continue;
            }

            var intrinsic = ((IntrinsicReference)definition.Reference).Intrinsic;
            for (var span = 0; span < rows.Count; span++)
            {
                table.SetValue(rows[span], slot, ValueOf(intrinsic, span));
            }
        }
    }

    private static int FindRoot(SpanTable table, List<int> rows)
    {
        // Mostly the first span without a parent is the root; ids are gathered only where it is not.
        HashSet<ulong>? clients = null;
        for (var span = 0; span < rows.Count; span++)
        {
            ref var row = ref table[rows[span]];
            if (row.ParentId != 0)
            {
                continue;
            }

            var id = row.SpanId;
            var isShared = row.Kind == SpanTree.Server
                && (clients?.Contains(id) ?? rows.Exists(other => table[other].SpanId == id && table[other].Kind == SpanTree.Client));
            if (!isShared)
            {
                return span;
            }

            clients ??= [.. rows.Where(other => table[other].Kind == SpanTree.Client).Select(other => table[other].SpanId)];
        }

        return -1;
    }

    private FieldValue ValueOf(Intrinsic intrinsic, int span) => intrinsic switch
    {
        Intrinsic.TraceDuration => FieldValue.OfDuration(DurationNanos),
        Intrinsic.RootName => FieldValue.OfSymbol(Root < 0 ? 0 : this[Root].Name),
        Intrinsic.RootServiceName => FieldValue.OfSymbol(Root < 0 ? 0 : this[Root].Service),
        Intrinsic.ChildCount => FieldValue.OfInteger(Tree.ChildCount(span)),
        Intrinsic.NestedSetLeft => FieldValue.OfInteger(Tree.NestedSets[span].Left),
        Intrinsic.NestedSetRight => FieldValue.OfInteger(Tree.NestedSets[span].Right),
        _ => FieldValue.OfInteger(Tree.NestedSets[span].Parent),
    };
}
