namespace Triptych.Query.Histograms;

/// <summary>What becomes of buckets where custom bounds differ.</summary>
internal static class CustomBounds
{
    /// <summary>The bounds that both have, ascending.</summary>
    public static double[] Intersect(IReadOnlyList<double> a, IReadOnlyList<double> b)
    {
        var common = new List<double>();
        for (int i = 0, j = 0; i < a.Count && j < b.Count;)
        {
            if (a[i] == b[j])
            {
                common.Add(a[i]);
                i++;
                j++;
            }
            else if (a[i] < b[j])
            {
                i++;
            }
            else
            {
                j++;
            }
        }

        return [.. common];
    }

    /// <summary>The bucket among <paramref name="to"/> that holds a bucket of <paramref name="from"/>: the first that ends no earlier.</summary>
    public static long Target(long bucket, IReadOnlyList<double> from, double[] to)
    {
        if (bucket >= from.Count) return to.Length;
        var found = Array.BinarySearch(to, from[(int)bucket]);
        return found >= 0 ? found : ~found;
    }
}
