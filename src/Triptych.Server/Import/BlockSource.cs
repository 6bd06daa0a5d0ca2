using Triptych.Ingest.PrometheusTsdb;
using Triptych.Metrics.Import;

namespace Triptych.Server.Import;

/// <summary>
/// A block of Prometheus as sorted series, once for each window of time. Its index has series in an order of its own: metric by metric they are read, put in
/// the store's order and given; so memory is that of the labels of one metric, beside what <see cref="BlockIndex"/> holds. The owner disposes it.
/// </summary>
internal sealed class BlockSource : IDisposable
{
    private const int MostWindowsOfChunk = 20_000;
    private readonly BlockIndex _index;
    private readonly ChunkSegments _chunks;
    private readonly BlockTombstones _tombstones;
    private readonly ImportScope _scope;
    private readonly Action<TsdbDamage> _onDamage;

    private BlockSource(BlockIndex index, ChunkSegments chunks, BlockTombstones tombstones, ImportScope scope, Action<TsdbDamage> onDamage)
    {
        _index = index;
        _chunks = chunks;
        _tombstones = tombstones;
        _scope = scope;
        _onDamage = onDamage;
    }

    /// <summary>Whether some of its samples are deleted.</summary>
    public bool HasTombstones => !_tombstones.IsEmpty;

    /// <summary>Bytes of chunks read so far.</summary>
    public long ReadBytes => _chunks.ReadBytes;

    /// <summary>Opens a block.</summary>
    /// <exception cref="TsdbDamageException">Nothing of it can be read.</exception>
    public static BlockSource Open(BlockDescription block, ImportScope scope, Action<TsdbDamage> onDamage)
    {
        var tombstones = BlockTombstones.Read(Path.Combine(block.Directory, "tombstones"));
        var chunks = new ChunkSegments(Path.Combine(block.Directory, "chunks"));
        BlockSource? opened = null;
        try
        {
            return opened = new BlockSource(BlockIndex.Open(Path.Combine(block.Directory, "index"), onDamage), chunks, tombstones, scope, onDamage);
        }
        finally
        {
            if (opened is null) chunks.Dispose();
        }
    }

    /// <summary>The windows that its chunks reach into, oldest first.</summary>
    public IReadOnlyCollection<long> FindWindows(ImportWindows windows, CancellationToken cancellationToken)
    {
        var found = new SortedSet<long>();
        var chunks = new List<ChunkRef>();
        foreach (var group in _index.ByMetricName())
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var place in group.Span)
            {
                if (_index.Read(place, chunks, out var labels) is { } damage) _onDamage(damage);
                else if (_scope.Selects(labels)) AddWindows(chunks, windows, found);
            }
        }

        return found;
    }

    /// <summary>The series with what they have in a closed range.</summary>
    public IImportSource Read(long minTimeMs, long maxTimeMs, Action onProgress) => new Pass(this, minTimeMs, maxTimeMs, onProgress);

    /// <inheritdoc/>
    public void Dispose()
    {
        _index.Dispose();
        _chunks.Dispose();
    }

    private void AddWindows(List<ChunkRef> chunks, ImportWindows windows, SortedSet<long> found)
    {
        foreach (var chunk in chunks)
        {
            var (min, max) = (Math.Max(chunk.MinTimeMs, _scope.MinTimeMs), Math.Min(chunk.MaxTimeMs, _scope.MaxTimeMs));
            if (min > max) continue;
            var (first, last) = (windows.Of(min), windows.Of(max));
            if (last - first > MostWindowsOfChunk) _onDamage(new TsdbDamage(_chunks.Directory, (long)chunk.Reference, "a chunk claims to hold more than a hundred years"));
            else for (var window = first; window <= last; window++) found.Add(window);
        }
    }

    private sealed class Pass(BlockSource block, long minTimeMs, long maxTimeMs, Action onProgress) : IImportSource
    {
        private readonly IEnumerator<ReadOnlyMemory<ulong>> _groups = block._index.ByMetricName().GetEnumerator();
        private readonly List<(byte[] Labels, ulong Place)> _group = [];
        private readonly List<ChunkRef> _refs = [];
        private readonly SampleSink _sink = new();
        private int _next;

        public bool TryRead(ImportedSeries series)
        {
            while (true)
            {
                while (_next < _group.Count)
                {
                    var (labels, place) = _group[_next++];
                    if (TryFill(labels, place, series)) return true;
                }

                if (!_groups.MoveNext()) return false;
                ReadGroup(_groups.Current.Span);
                onProgress();
            }
        }

        private void ReadGroup(ReadOnlySpan<ulong> places)
        {
            _group.Clear();
            _next = 0;
            foreach (var place in places)
            {
                if (block._index.Read(place, _refs, out var labels) is { } damage)
                {
                    block._onDamage(damage);
                    continue;
                }

                if (_refs.Exists(Overlaps) && block._scope.Selects(labels)) _group.Add((labels.ToArray(), place));
            }

            _group.Sort(static (a, b) =>
            {
                var order = a.Labels.AsSpan().SequenceCompareTo(b.Labels);
                return order != 0 ? order : a.Place.CompareTo(b.Place);
            });
        }

        private bool TryFill(byte[] labels, ulong place, ImportedSeries series)
        {
            series.Begin(labels);
            Fill(place, series);

            // An altered index may have a series twice.
            while (_next < _group.Count && _group[_next].Labels.AsSpan().SequenceEqual(labels)) Fill(_group[_next++].Place, series);
            return true;
        }

        private void Fill(ulong place, ImportedSeries series)
        {
            if (block._index.Read(place, _refs, out _) is { } damage)
            {
                block._onDamage(damage);
                return;
            }

            foreach (var chunk in _refs)
            {
                if (!Overlaps(chunk)) continue;
                if (block._chunks.Read(chunk.Reference, _sink.Into(series)) is { } lost) block._onDamage(lost);
            }

            foreach (var deleted in block._tombstones.Of(BlockIndex.ReferenceOf(place))) series.Delete(deleted.MinTimeMs, deleted.MaxTimeMs);
        }

        private bool Overlaps(ChunkRef chunk) => chunk.MinTimeMs <= maxTimeMs && minTimeMs <= chunk.MaxTimeMs;
    }
}
