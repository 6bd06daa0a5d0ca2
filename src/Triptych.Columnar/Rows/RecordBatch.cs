namespace Triptych.Columnar.Rows;

/// <summary>
/// Some rows of a scan: one column for each entry of the projection, in its order, all of <see cref="RowCount"/> rows.
/// At most <see cref="MaxRows"/> rows, which is also how often a scan yields and looks for cancellation.
/// </summary>
public sealed class RecordBatch(IReadOnlyList<Column> columns)
{
    /// <summary>The most rows in a batch.</summary>
    public const int MaxRows = 4096;

    /// <summary>The columns, in the order of the projection.</summary>
    public IReadOnlyList<Column> Columns { get; } = columns;

    /// <summary>How many rows the batch has.</summary>
    public int RowCount { get; set; }

    /// <summary>
    /// Whether a row may come twice in a scan of spans. Where not, and the request says so, the columns of the identity are empty:
    /// <see cref="RowScanRequest.IdentityColumns"/>.
    /// </summary>
    public bool MayRepeat { get; set; } = true;

    /// <summary>A column as its type.</summary>
    /// <exception cref="InvalidCastException">The column is of another type, which is a mistake in the planner.</exception>
    public T Column<T>(int index) where T : Column => (T)Columns[index];
}
