using System.Collections.Immutable;

namespace Triptych.Columnar.Parquet.Writing;

/// <summary>What was written.</summary>
/// <param name="FileLength">Bytes.</param>
/// <param name="Footer">As <c>ParquetFile.OpenAsync</c> would parse it: keep it to open the file without reading.</param>
public sealed record ParquetFileSummary(long FileLength, long RowCount, ImmutableArray<RowGroupSummary> RowGroups, ParquetFooter Footer);

/// <param name="CompressedBytes">Bytes of all pages in the file.</param>
/// <param name="TotalBytes">The same before compression.</param>
public sealed record RowGroupSummary(long RowCount, long CompressedBytes, long TotalBytes);
