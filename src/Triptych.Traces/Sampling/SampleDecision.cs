using System.Buffers.Binary;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Columnar.Rows;
using Triptych.Primitives.Checksums;
using Triptych.Primitives.Memory;
using Triptych.Storage.Compaction;
using Triptych.Storage.ObjectStore;
using Triptych.Traces.Block;
using Triptych.Traces.Compaction;

namespace Triptych.Traces.Sampling;

/// <summary>
/// Decides which traces of a merge are left out, before anything is written:
/// <list type="number">
/// <item>Of each trace the spans' times, statuses and root are read; parts in several row groups are put together.</item>
/// <item>What is old and kept by no policy is thought of, up to the memory that there is for ids.</item>
/// <item>Of each route an example stays; so does what lies elsewhere, too, and what something refers to.</item>
/// </list>
/// Where 3 cannot be told of all, nothing is left out. One thread; the owner disposes it.
/// </summary>
internal sealed class SampleDecision : IDisposable
{
    private readonly MergeJob _job;
    private readonly TraceSampling _sampling;
    private readonly IReadOnlyList<TraceMergeInput> _inputs;
    private readonly TraceSurvey _survey;
    private readonly MemoryBudget _budget;
    private readonly SampleRoutes _routes;
    private readonly Dictionary<UInt128, TraceFacts> _split = [];
    private readonly List<(int Input, int RowGroup)> _places = [];
    private readonly Dictionary<(bool IsKept, string Reason, string Policy), long> _counts = [];
    private readonly TraceFacts _trace = new();
    private TraceSample? _sample;
    private (long Min, long Max) _times = (long.MaxValue, long.MinValue);
    private bool _wasShort;
    private bool _isSplitFull;

    private SampleDecision(MergeJob job, TraceSampling sampling, IReadOnlyList<TraceMergeInput> inputs, TraceSurvey survey, MergeItems resources)
    {
        _job = job;
        _sampling = sampling;
        _inputs = inputs;
        _survey = survey;
        _budget = new MemoryBudget("trace sampling", sampling.Options.MemoryBytes);
        _sample = new TraceSample(_budget);
        _routes = new SampleRoutes(sampling.Options.Policies, resources, _budget);
    }

    /// <summary>Decides; the sample is the caller's to dispose. Null when nothing is left out.</summary>
    public static async ValueTask<TraceSample?> MakeAsync(
        MergeJob job, TraceSampling sampling, IReadOnlyList<TraceMergeInput> inputs, TraceSurvey survey, MergeItems resources,
        CancellationToken cancellationToken)
    {
        using var decision = new SampleDecision(job, sampling, inputs, survey, resources);
        return await decision.RunAsync(job.Sampling!, cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _sample?.Dispose();
        _routes.Dispose();
        _budget.Return(_split.Count * (long)TraceFacts.SizeBytes);
    }

    private async ValueTask<TraceSample?> RunAsync(MergeSampling told, CancellationToken cancellationToken)
    {
        (told.IsDone, told.PutOff, told.Committed) = (false, null, null);
        var broken = new HashSet<(int, int)>();
        foreach (var part in _survey.PartsIn(long.MinValue, long.MaxValue)) broken.Add((part.Input, part.RowGroup));
        for (var input = 0; input < _inputs.Count; input++)
        {
            for (var rowGroup = 0; rowGroup < _inputs[input].Block.File.RowGroups.Length; rowGroup++)
            {
                // A part that lies in time to come makes its trace young, wherever the others are.
                if (_inputs[input].StartsOf(rowGroup).Min > told.Through && !broken.Contains((input, rowGroup))) continue;
                await ReadAsync(input, rowGroup, cancellationToken);
            }
        }

        foreach (var facts in _split.Values) Decide(facts, place: -1);
        var sample = _sample!;
        _routes.MarkExamples(sample.Ids);
        if (await TryMarkKeptAsync(sample, cancellationToken) is { } problem)
        {
            told.PutOff = problem;
            SamplingInstruments.CountPutOff();
            return null;
        }

        sample.Settle(_places);
        Count(sample);
        told.Committed = () => Report(sample);

        // What was not thought of for want of memory comes next time, as long as that leads on.
        told.IsDone = !_wasShort || !sample.DropsAny;
        if (!sample.DropsAny) return null;
        _sample = null;
        return sample;
    }

    private async ValueTask<string?> TryMarkKeptAsync(TraceSample sample, CancellationToken cancellationToken)
    {
        try
        {
            return await MarkKeptAsync(sample, cancellationToken);
        }
        catch (ObjectNotFoundException e) when (_job.Inputs.All(b => b.ObjectKey != e.Key))
        {
            // Not of the merge, which is right without it.
            return $"an object is missing: {e.Key}";
        }
    }

    private async ValueTask<string?> MarkKeptAsync(TraceSample sample, CancellationToken cancellationToken)
    {
        if (sample.Ids.CountUnmarked() == 0) return null;
        var (min, max) = Reached(_sampling.Options.Reach);
        if (await _sampling.Store.MarkElsewhereAsync(_job, sample.Ids, min, max, cancellationToken) is { } problem) return problem;
        (min, max) = Reached(_sampling.Options.ReferenceReach);
        foreach (var references in _sampling.References)
        {
            if (sample.Ids.CountUnmarked() == 0) return null;
            if (await references.MarkAsync(_job.Tenant, sample.Ids, KeptBy.Reference, min, max, _job.Memory, cancellationToken) is { } unknown)
                return $"{references.Source}: {unknown}";
        }

        return null;
    }

    private (long Min, long Max) Reached(TimeSpan reach)
    {
        var nanos = (Int128)reach.Ticks * TimeSpan.NanosecondsPerTick;
        return ((long)Int128.Max(_times.Min - nanos, long.MinValue), (long)Int128.Min(_times.Max + nanos, long.MaxValue - 1));
    }

    private async ValueTask ReadAsync(int input, int rowGroup, CancellationToken cancellationToken)
    {
        var schema = _inputs[input].Block.File.Schema;
        using var cursor = _inputs[input].Block.File.ReadRows(
            [
                schema.Column(TraceBlockSchema.TraceId), schema.Column(TraceBlockSchema.Start), schema.Column(TraceBlockSchema.Duration),
                schema.Column(TraceBlockSchema.StatusCode), schema.Column(TraceBlockSchema.ParentSpanId), schema.Column(TraceBlockSchema.Resource),
                schema.Column(TraceBlockSchema.Name),
            ],
            rowGroup..(rowGroup + 1), readAheadBytes: MergeScale.ReadAheadBytes(_job.Memory));
        _places.Add((input, rowGroup));
        _trace.Begin(0);
        while (await cursor.MoveNextAsync(cancellationToken))
        {
            cancellationToken.ThrowIfCancellationRequested();
            Add(cursor, _inputs[input]);
            await Task.Yield();
        }

        End();
    }

    private void Add(RowCursor cursor, TraceMergeInput input)
    {
        var (ids, parents, names) = (cursor.Page(0), cursor.Page(4), cursor.Page(6));
        var starts = cursor.Page(1).Int64s.Slice(cursor.Offset(1), cursor.RowCount);
        var durations = cursor.Page(2).Int64s.Slice(cursor.Offset(2), cursor.RowCount);
        var statuses = cursor.Page(3).Int32s.Slice(cursor.Offset(3), cursor.RowCount);
        var resources = cursor.Page(5).Int32s.Slice(cursor.Offset(5), cursor.RowCount);
        for (var i = 0; i < cursor.RowCount; i++)
        {
            var id = BinaryPrimitives.ReadUInt128BigEndian(ids.Bytes(cursor.Offset(0) + i));
            if (_trace.Spans == 0 || id != _trace.Id)
            {
                End();
                _trace.Begin(id);
            }

            var isRoot = BinaryPrimitives.ReadUInt64BigEndian(parents.Bytes(cursor.Offset(4) + i)) == 0;
            _trace.Add(starts[i], durations[i], statuses[i], isRoot, input.ResourceOf(resources[i]), names.Bytes(cursor.Offset(6) + i));
        }
    }

    /// <summary>A trace of the row group is complete: it is decided about, or put aside until all of its parts are known.</summary>
    private void End()
    {
        if (_trace.Spans == 0) return;
        if (!_survey.IsSplit(_trace.Id))
        {
            Decide(_trace, _places.Count - 1);
            return;
        }

        if (!_split.TryGetValue(_trace.Id, out var whole))
        {
            // Once one has found no room none is begun any more: of one that begins later a part would be missing.
            _isSplitFull = _isSplitFull || !_budget.TryTake(TraceFacts.SizeBytes);
            if (_isSplitFull)
            {
                KeepForMemory();
                return;
            }

            whole = new TraceFacts();
            whole.Begin(_trace.Id);
            _split[_trace.Id] = whole;
        }

        whole.Add(_trace);
    }

    private void Decide(TraceFacts trace, int place)
    {
        if (trace.End > _job.Sampling!.Through)
        {
            Count(true, "age", "");
            return;
        }

        foreach (var policy in _sampling.Options.Policies)
        {
            var keeps = policy switch
            {
                StatusCodePolicy status => status.Keeps(trace.Statuses),
                LatencyPolicy latency => (Int128)trace.End - trace.Start >= latency.ThresholdNanos,
                _ => false,
            };
            if (!keeps) continue;
            Count(true, policy.Type, policy.Name);
            return;
        }

        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, trace.Id);
        var hash = XxHash64.Compute(bytes);
        if (!_routes.TryFind(trace, out var route))
        {
            KeepForMemory();
        }
        else if (_routes.Keeps(route, trace.Start, hash, out var share))
        {
            Count(true, share.Type, share.Name);
        }
        else if (!_sample!.TryAdd(trace.Id, place) || !_routes.TryOffer(route, trace.Start, hash, trace.Id))
        {
            // It may be in the sample by now, but is not left out.
            _wasShort = true;
            if (_sample.Ids.IndexOf(trace.Id) < 0) Count(true, "memory", "");
            else _sample.Ids.Mark(trace.Id, KeptBy.Memory);
        }
        else
        {
            _times = (Math.Min(_times.Min, trace.Start), Math.Max(_times.Max, trace.End));
        }
    }

    private void KeepForMemory()
    {
        _wasShort = true;
        Count(true, "memory", "");
    }

    private void Count(bool isKept, string reason, string policy) =>
        System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(_counts, (isKept, reason, policy), out _)++;

    private void Count(TraceSample sample)
    {
        for (var i = 0; i < sample.Ids.Count; i++)
        {
            var marks = sample.Ids.MarksOf(i);
            var reason = marks == 0 ? "policies"
                : (marks & KeptBy.Memory) != 0 ? "memory"
                : (marks & KeptBy.Example) != 0 ? "example"
                : (marks & KeptBy.Reference) != 0 ? "reference"
                : "elsewhere";
            Count(marks != 0, reason, "");
        }
    }

    private void Report(TraceSample sample)
    {
        foreach (var ((isKept, reason, policy), traces) in _counts) SamplingInstruments.CountTraces(isKept, reason, policy, traces);
        SamplingInstruments.CountSpans(sample.SpansLeftOut);
    }
}
