using Triptych.Columnar.Symbols;

namespace Triptych.Storage.Index;

/// <summary>
/// The series of a <see cref="LabelIndex"/> in the order in which blocks have them. Each symbol gets its rank among all once, so that two series are compared by
/// integers; their canonical bytes are never put together.
/// </summary>
public static class LabelOrder
{
    /// <summary>All series by the bytes of their canonical labels.</summary>
    public static int[] ByKey(LabelIndex index)
    {
        var order = Numbers(index.Count);
        order.AsSpan().Sort(new KeyComparison(index).Compare);
        return order;
    }

    /// <summary>All series by the value of one label, then by the bytes of their canonical labels.</summary>
    public static int[] ByValue(LabelIndex index, string name)
    {
        var symbols = index.Symbols;
        var label = symbols.Find(name);
        var values = new int[index.Count];
        for (var i = 0; i < values.Length; i++) values[i] = index.ValueOf(i, label);
        var ranks = RanksOf(symbols, values);
        var keyed = new long[values.Length];
        for (var i = 0; i < keyed.Length; i++) keyed[i] = ((long)ranks[values[i]] << 32) | (uint)i;
        Array.Sort(keyed);
        var order = new int[keyed.Length];
        for (var i = 0; i < order.Length; i++) order[i] = (int)keyed[i];
        var comparison = new KeyComparison(index);
        for (var start = 0; start < order.Length;)
        {
            var end = start + 1;
            while (end < order.Length && values[order[end]] == values[order[start]]) end++;
            if (end - start > 1) order.AsSpan(start..end).Sort(comparison.Compare);
            start = end;
        }

        return order;
    }

    private static int[] Numbers(int count)
    {
        var numbers = new int[count];
        for (var i = 0; i < numbers.Length; i++) numbers[i] = i;
        return numbers;
    }

    /// <summary>Ranks of some symbols by their bytes.</summary>
    private static Dictionary<int, int> RanksOf(SymbolTable symbols, int[] used)
    {
        int[] distinct = [.. new HashSet<int>(used)];
        Array.Sort(distinct, (a, b) => symbols.GetUtf8(a).SequenceCompareTo(symbols.GetUtf8(b)));
        var ranks = new Dictionary<int, int>(distinct.Length);
        for (var i = 0; i < distinct.Length; i++) ranks[distinct[i]] = i;
        return ranks;
    }

    /// <summary>
    /// Canonical labels are names and values in turn, each with its length before it, so that none begins with another: comparing them one after another as
    /// they are written compares the bytes of the whole.
    /// </summary>
    private sealed class KeyComparison
    {
        private readonly LabelIndex _index;
        private readonly int[] _ranks;

        public KeyComparison(LabelIndex index)
        {
            _index = index;
            var symbols = index.Symbols;
            var order = Numbers(symbols.Count);
            Array.Sort(order, (a, b) => CompareWritten(symbols.GetUtf8(a), symbols.GetUtf8(b)));
            _ranks = new int[order.Length];
            for (var i = 0; i < order.Length; i++) _ranks[order[i]] = i;
        }

        public int Compare(int a, int b)
        {
            var left = _index.LabelsOf(a).GetEnumerator();
            var right = _index.LabelsOf(b).GetEnumerator();
            while (true)
            {
                var (hasLeft, hasRight) = (left.MoveNext(), right.MoveNext());
                if (!hasLeft || !hasRight) return hasLeft.CompareTo(hasRight);
                if (left.Current == right.Current) continue;
                return left.Current.Name != right.Current.Name
                    ? _ranks[left.Current.Name].CompareTo(_ranks[right.Current.Name])
                    : _ranks[left.Current.Value].CompareTo(_ranks[right.Current.Value]);
            }
        }

        /// <summary>As their bytes compare with the length (uvarint) before them.</summary>
        private static int CompareWritten(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
        {
            for (uint left = (uint)a.Length, right = (uint)b.Length; left != right; left >>= 7, right >>= 7)
            {
                var (nextLeft, nextRight) = (left < 0x80 ? left : (left & 0x7f) | 0x80, right < 0x80 ? right : (right & 0x7f) | 0x80);
                if (nextLeft != nextRight) return nextLeft.CompareTo(nextRight);
            }

            return a.SequenceCompareTo(b);
        }
    }
}
