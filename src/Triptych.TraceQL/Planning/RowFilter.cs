using Triptych.Columnar.Rows;
using Triptych.Primitives.Memory;
using Triptych.Query.Budgets;
using Triptych.TraceQL.Syntax;

namespace Triptych.TraceQL.Planning;

/// <summary>Decides a condition row by row, batch by batch, where the scan could only narrow it down. Fields of whole traces are beyond it.</summary>
internal sealed class RowFilter : IDisposable
{
    private readonly FieldNode _condition;
    private readonly SpanTable _table;
    private readonly SpanAppender _appender;
    private int[] _places = [];

    public RowFilter(FieldExpression condition, QueryContext context, MemoryBudget budget)
    {
        var catalog = new FieldCatalog();
        _condition = new FieldCompiler(catalog, context.Symbols).Compile(condition);
        OfTrace = catalog.OfTrace;
        _table = new SpanTable(catalog, context, budget);
        _appender = new SpanAppender(_table);
    }

    /// <summary>A field of the condition that needs the whole trace; such a condition counts as nil here.</summary>
    public FieldReference? OfTrace { get; }

    /// <summary>Adds the columns that the condition reads to a projection, whose first ones are not for it.</summary>
    public void AddProjection(List<ColumnRef> projection, int first = 0)
    {
        _places = new int[_appender.Projection.Count];
        for (var i = 0; i < _places.Length; i++)
        {
            var place = projection.IndexOf(_appender.Projection[i], Math.Min(first, projection.Count));
            if (place < 0)
            {
                place = projection.Count;
                projection.Add(_appender.Projection[i]);
            }

            _places[i] = place;
        }
    }

    /// <summary>Makes a batch of that projection the one that <see cref="Holds"/> is about.</summary>
    public void Load(RecordBatch batch)
    {
        _table.Clear();
        _appender.Append(new RecordBatch([.. _places.Select(place => batch.Columns[place])]) { RowCount = batch.RowCount }, traceNumberOf: null);
    }

    public bool Holds(int row) => _condition.Holds(_table, row);

    public void Dispose() => _table.Dispose();
}
