using System.Collections.Immutable;
using Triptych.Columnar.Parquet.Metadata;

namespace Triptych.Columnar.Parquet.Reading;

/// <summary>The pages of a column chunk. Immutable.</summary>
public sealed class PageIndex
{
    internal PageIndex(PageLocation[] locations, PageBounds[]? bounds, long rowCount)
    {
        Locations = locations;
        var pages = ImmutableArray.CreateBuilder<PageInfo>(locations.Length);
        for (var i = 0; i < locations.Length; i++)
        {
            var end = i + 1 < locations.Length ? locations[i + 1].FirstRow : rowCount;
            var statistics = ColumnStatistics.None;
            if (bounds is not null)
                statistics = new ColumnStatistics { Min = bounds[i].Min, Max = bounds[i].Max, NullCount = bounds[i].NullCount };
            pages.Add(new PageInfo(locations[i].FirstRow, end - locations[i].FirstRow, statistics, bounds is not null && bounds[i].Min is null));
        }

        Pages = pages.MoveToImmutable();
    }

    public ImmutableArray<PageInfo> Pages { get; }

    internal PageLocation[] Locations { get; }
}

/// <param name="FirstRow">Counted from the row group's first row.</param>
/// <param name="Statistics">Nothing when the file has no column index. Bounds of byte arrays may be cut.</param>
/// <param name="IsAllNull">No slot of the page has a value.</param>
public sealed record PageInfo(long FirstRow, long RowCount, ColumnStatistics Statistics, bool IsAllNull);
