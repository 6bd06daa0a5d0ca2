using Triptych.Columnar.Rows;
using Triptych.Columnar.Symbols;
using Triptych.Model.Labels;

namespace Triptych.LogQL.Functions;

/// <summary>
/// The order of streams by their canonical labels, which is that of lines with equal times too. A scan's own numbers of streams hang on where their rows lie.
/// </summary>
internal static class StreamRanks
{
    /// <summary>By stream, its place.</summary>
    public static int[] Of(StreamDictionary streams, SymbolTable symbols)
    {
        var keys = new byte[streams.Count][];
        var order = new int[streams.Count];
        var writer = new LabelSetWriter();
        for (var stream = 0; stream < keys.Length; stream++)
        {
            writer.Reset();
            foreach (var label in streams.LabelsOf(stream)) writer.Add(symbols.GetUtf8(label.Name), symbols.GetUtf8(label.Value));
            if (writer.TryFinish(out var canonical) != LabelSetError.None) throw new InvalidOperationException("a stream's labels are no valid set");
            keys[stream] = canonical.ToArray();
            order[stream] = stream;
        }

        Array.Sort(keys, order, Comparer<byte[]>.Create(static (a, b) => a.AsSpan().SequenceCompareTo(b)));
        var ranks = new int[order.Length];
        for (var place = 0; place < order.Length; place++) ranks[order[place]] = place;
        return ranks;
    }
}
