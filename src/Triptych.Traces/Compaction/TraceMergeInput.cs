using System.Buffers.Binary;
using Triptych.Columnar.Parquet;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Columnar.Predicates;
using Triptych.Columnar.Rows;
using Triptych.Primitives.Memory;
using Triptych.Storage.Compaction;
using Triptych.Traces.Block;
using Triptych.Traces.Scan;

namespace Triptych.Traces.Compaction;

/// <summary>Resources or scopes of all inputs, numbered; equal ones are one.</summary>
internal sealed class MergeItems(ScanCharge charge) : IByteItems
{
    // An entry of the dictionary, the array's header, and its place in the list and in an output's numbers.
    private const int EntryBytes = 88;

    private readonly Dictionary<ReadOnlyMemory<byte>, int> _numbers = new(BytesComparer.Instance);
    private readonly List<byte[]> _items = [];

    /// <inheritdoc/>
    public int Count => _items.Count;

    /// <inheritdoc/>
    public ReadOnlySpan<byte> this[int number] => _items[number];

    /// <summary>The number of an item, a new one when it was not met before.</summary>
    public int NumberOf(ReadOnlySpan<byte> item)
    {
        if (_numbers.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(item, out var known)) return known;
        charge.Add(item.Length + EntryBytes);
        var copy = item.ToArray();
        _numbers[copy] = _items.Count;
        _items.Add(copy);
        return _items.Count - 1;
    }

    /// <summary>The numbers of all items of an input.</summary>
    public int[] NumbersOf(IByteItems items)
    {
        var numbers = new int[items.Count];
        for (var i = 0; i < numbers.Length; i++) numbers[i] = NumberOf(items[i]);
        return numbers;
    }
}

/// <summary>One input of a merge: its block, and the merge's numbers of its resources and scopes.</summary>
internal sealed class TraceMergeInput
{
    private TraceMergeInput(TraceBlock block, int[] resources, int[] scopes)
    {
        Block = block;
        Resources = resources;
        Scopes = scopes;
    }

    /// <summary>Told a trace of a row group: its id, where it lies, and its smallest start.</summary>
    public delegate void TraceHandler(UInt128 id, int firstRow, int count, long startUnixNanos);

    /// <summary>The block.</summary>
    public TraceBlock Block { get; }

    /// <summary>The merge's number of each of the file's resources.</summary>
    public int[] Resources { get; }

    /// <summary>The merge's number of each of the file's scopes.</summary>
    public int[] Scopes { get; }

    /// <summary>Opens an input.</summary>
    public static async ValueTask<TraceMergeInput> OpenAsync(
        int number, MergeJob job, MergeItems resources, MergeItems scopes, ScanCharge charge, CancellationToken cancellationToken)
    {
        var block = await TraceBlock.OpenAsync(job.Objects, job.Inputs[number], MergeScale.Reading(job.Memory), cancellationToken);
        charge.Add(block.SizeBytes + ((block.Resources.Count + block.Scopes.Count) * 4L));
        return new TraceMergeInput(block, resources.NumbersOf(block.Resources), scopes.NumbersOf(block.Scopes));
    }

    /// <summary>The merge's number of a resource that a row names.</summary>
    public int ResourceOf(int number) => (uint)number < (uint)Resources.Length
        ? Resources[number]
        : throw new CorruptFileException(Block.Key, 0, $"a row names {TraceBlockSchema.Resource} {number}, which the file does not have");

    /// <summary>The range of the starts of a row group's spans.</summary>
    /// <exception cref="CorruptFileException">The file does not say.</exception>
    public (long Min, long Max) StartsOf(int rowGroup)
    {
        var column = Block.File.Schema.Column(TraceBlockSchema.Start).Index;
        return Block.File.RowGroups[rowGroup].Info.Columns[column].Statistics.TryGetInt64(out var min, out var max)
            ? (min, max)
            : throw new CorruptFileException(Block.Key, 0, "a row group does not say when its spans start");
    }

    /// <summary>Tells the traces of a row group, in the order of their ids, a few pages at a time.</summary>
    public async ValueTask WalkAsync(int rowGroup, TraceHandler onTrace, MemoryBudget memory, CancellationToken cancellationToken)
    {
        var schema = Block.File.Schema;
        using var cursor = Block.File.ReadRows(
            [schema.Column(TraceBlockSchema.TraceId), schema.Column(TraceBlockSchema.Start)], rowGroup..(rowGroup + 1),
            readAheadBytes: MergeScale.ReadAheadBytes(memory));
        var trace = new OpenTrace(onTrace);
        while (await cursor.MoveNextAsync(cancellationToken))
        {
            cancellationToken.ThrowIfCancellationRequested();
            trace.Add(cursor);
            await Task.Yield();
        }

        trace.End();
    }

    /// <summary>The trace whose rows are being met.</summary>
    private sealed class OpenTrace(TraceHandler onTrace)
    {
        private UInt128 _id;
        private int _first;
        private int _count;
        private long _start;

        public void Add(RowCursor cursor)
        {
            var ids = cursor.Page(0);
            var starts = cursor.Page(1).Int64s;
            for (var i = 0; i < cursor.RowCount; i++)
            {
                var id = BinaryPrimitives.ReadUInt128BigEndian(ids.Bytes(cursor.Offset(0) + i));
                var start = starts[cursor.Offset(1) + i];
                if (_count > 0 && id == _id)
                {
                    _count++;
                    _start = Math.Min(_start, start);
                    continue;
                }

                End();
                (_id, _first, _count, _start) = (id, (int)cursor.FirstRow + i, 1, start);
            }
        }

        public void End()
        {
            if (_count > 0) onTrace(_id, _first, _count, _start);
            _count = 0;
        }
    }
}
