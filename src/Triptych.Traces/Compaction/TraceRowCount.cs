using Triptych.Columnar.Rows;
using Triptych.Primitives.Binary;
using Triptych.Storage.Compaction;
using Triptych.Traces.Block;
using Triptych.Traces.Head;

namespace Triptych.Traces.Compaction;

/// <summary>
/// Counts the spans of a block by retention rule and start: resources, and starts and resources of rows are read, of the row groups in the tally's
/// range; nothing but the resources where no rule holds for any.
/// </summary>
internal static class TraceRowCount
{
    /// <summary>Reads the job's input.</summary>
    public static async ValueTask RunAsync(MergeJob job, RowTally tally, CancellationToken cancellationToken)
    {
        using var charge = new ScanCharge(job.Memory);
        var (resources, scopes) = (new MergeItems(charge), new MergeItems(charge));
        var input = await TraceMergeInput.OpenAsync(0, job, resources, scopes, charge, cancellationToken);
        foreach (var group in input.Block.File.RowGroups) tally.AddToTotal(group.RowCount);
        charge.Add(resources.Count * (long)sizeof(int));
        var rules = RulesOf(resources, tally);
        if (rules.All(static r => r < 0)) return;
        for (var i = 0; i < input.Block.File.RowGroups.Length; i++)
        {
            var (min, max) = input.StartsOf(i);
            if (min <= tally.MaxTime && max >= tally.MinTime) await CountAsync(input, i, rules, job, tally, cancellationToken);
        }
    }

    private static int[] RulesOf(MergeItems resources, RowTally tally)
    {
        var rules = new int[resources.Count];
        using var text = new PooledBufferWriter();
        for (var i = 0; i < rules.Length; i++)
        {
            var resource = i;
            rules[i] = tally.RuleOf(matchers => TraceMergeDeletions.Holds(matchers, SetItem.Attributes(resources[resource], 1), text));
        }

        return rules;
    }

    private static async ValueTask CountAsync(
        TraceMergeInput input, int rowGroup, int[] rules, MergeJob job, RowTally tally, CancellationToken cancellationToken)
    {
        var schema = input.Block.File.Schema;
        using var cursor = input.Block.File.ReadRows(
            [schema.Column(TraceBlockSchema.Start), schema.Column(TraceBlockSchema.Resource)], rowGroup..(rowGroup + 1),
            readAheadBytes: MergeScale.ReadAheadBytes(job.Memory));
        while (await cursor.MoveNextAsync(cancellationToken))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var starts = cursor.Page(0).Int64s.Slice(cursor.Offset(0), cursor.RowCount);
            var ofRows = cursor.Page(1).Int32s.Slice(cursor.Offset(1), cursor.RowCount);
            for (var row = 0; row < starts.Length; row++)
            {
                var rule = rules[input.ResourceOf(ofRows[row])];
                if (rule >= 0) tally.Add(rule, starts[row]);
            }

            await Task.Yield();
        }
    }
}
