using Triptych.Columnar;
using Triptych.Query.Budgets;

namespace Triptych.TraceQL.Planning;

/// <summary>What a scan has read, handed on to the query when the scan ends.</summary>
internal readonly record struct ScanCost(ScanStatistics Statistics)
{
    public void AddTo(QueryContext context)
    {
        context.BytesRead += Statistics.BytesRead;
        context.SamplesRead += Statistics.RowsRead;
        foreach (var warning in Statistics.Warnings)
        {
            context.Warn(warning);
        }

        foreach (var info in Statistics.Infos)
        {
            context.Inform(info);
        }
    }
}
