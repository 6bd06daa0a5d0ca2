using Triptych.Columnar.Symbols;
using Triptych.Query.Budgets;
using Triptych.Query.Operators;

namespace Triptych.Api.Loki;

/// <summary>How volumes are grouped.</summary>
/// <param name="Labels">The labels that count: those asked for, else those of the selector; null for all.</param>
/// <param name="ByLabelName">True: one volume for each label name, a stream counting once for each of its labels; false: one for each set of labels.</param>
internal sealed record VolumeGrouping(IReadOnlySet<string>? Labels, bool ByLabelName);

/// <summary>The volume of a group: bytes of lines for each bucket of time.</summary>
internal sealed record Volume(LabelId[] Labels, long[] SizeBytes)
{
    /// <summary>Over all buckets.</summary>
    public long TotalBytes { get; } = SizeBytes.Sum();
}

/// <summary>Adds up the lengths of lines by group and bucket; streams are assigned to groups once. Memory is charged to the query.</summary>
internal sealed class VolumeTally(VolumeGrouping grouping, int buckets, QueryContext query)
{
    private readonly SymbolTable _symbols = query.Symbols;
    private readonly LabelSetIndex _groups = new();
    private readonly List<long[]> _volumes = [];
    private readonly List<int[]> _groupsOfStream = [];

    /// <summary>Counts a line of a stream; <paramref name="labels"/> are read the first time that the stream is met.</summary>
    public void Add(int stream, ReadOnlySpan<LabelId> labels, int bucket, long sizeBytes)
    {
        while (_groupsOfStream.Count <= stream) _groupsOfStream.Add([-1]);
        if (_groupsOfStream[stream] is [-1]) _groupsOfStream[stream] = Assign(labels);
        foreach (var group in _groupsOfStream[stream]) _volumes[group][bucket] += sizeBytes;
    }

    /// <summary>The largest volumes, largest first, then by label.</summary>
    public IReadOnlyList<Volume> Largest(int limit)
    {
        var volumes = _volumes.Select((sizes, group) => new Volume(LabelText.Sorted(_groups[group], _symbols), sizes)).ToList();
        volumes.Sort((a, b) => a.TotalBytes != b.TotalBytes
            ? b.TotalBytes.CompareTo(a.TotalBytes)
            : LabelText.Compare(_symbols, a.Labels, b.Labels));
        return volumes.Count <= limit ? volumes : volumes.GetRange(0, limit);
    }

    private int[] Assign(ReadOnlySpan<LabelId> labels)
    {
        var counted = new List<LabelId>();
        foreach (var label in labels)
        {
            if (grouping.Labels?.Contains(_symbols.GetString(label.Name)) == false) continue;
            counted.Add(grouping.ByLabelName ? label with { Value = SymbolTable.Empty } : label);
        }

        counted.Sort((a, b) => a.Name.CompareTo(b.Name));
        return grouping.ByLabelName ? [.. counted.Select(l => GroupOf([l]))] : [GroupOf(counted.ToArray())];
    }

    private int GroupOf(LabelId[] labels)
    {
        var group = _groups.GetOrAdd(labels, out var added);
        if (added)
        {
            query.Charge((buckets * sizeof(long)) + (labels.Length * 8) + 64);
            _volumes.Add(new long[buckets]);
        }

        return group;
    }
}
