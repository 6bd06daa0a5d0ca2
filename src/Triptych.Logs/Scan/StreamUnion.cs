using Triptych.Columnar.Predicates;
using Triptych.Columnar.Rows;
using Triptych.Columnar.Symbols;

namespace Triptych.Logs.Scan;

/// <summary>Gives streams of all sources the scan's own numbers: streams with equal labels are one.</summary>
internal sealed class StreamUnion(StreamDictionary dictionary, SymbolTable symbols)
{
    private readonly Dictionary<ReadOnlyMemory<byte>, int> _numbers = new(BytesComparer.Instance);
    private readonly List<byte[]> _keys = [];

    /// <summary>The scan's number of a source's stream.</summary>
    public int NumberOf(LogSource source, int stream)
    {
        ref var known = ref source.ScanStreams[stream];
        if (known >= 0) return known;
        var (key, labels) = source.StreamOf(stream, symbols);
        if (!_numbers.TryGetValue(key, out var number))
        {
            _numbers[key] = number = dictionary.Add(labels);
            _keys.Add(key);
        }

        return known = number;
    }

    /// <summary>Compares two streams by their canonical labels: their numbers hang on which of them was met first.</summary>
    public int Compare(int a, int b) => a == b ? 0 : _keys[a].AsSpan().SequenceCompareTo(_keys[b]);
}
