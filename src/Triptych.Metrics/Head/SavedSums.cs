using System.Text;
using Triptych.Model;
using Triptych.Primitives.Binary;
using Triptych.Storage.Index;

namespace Triptych.Metrics.Head;

/// <summary>
/// Running sums on their way from one head to the next: within the process when a head is frozen, and as bytes in the transaction that makes blocks of it, so
/// that they outlive the write-ahead log from which they could be had again.
/// <code>
/// version:u8 = 1   tenants: n { name  sums: n { labels  total:f64  time of the last change:zigzag, ms } }      texts with their length before them
/// </code>
/// </summary>
internal static class SavedSums
{
    private const byte Version = 1;

    /// <summary>Gives an empty head the sums of another, but those that are too old to be gone on with.</summary>
    public static void Carry(MetricHead from, MetricHead to)
    {
        var key = new LabelKey();
        lock (from.Gate)
        {
            foreach (var (tenant, series) in from.WithSums)
            {
                foreach (var (number, sum) in series.Sums.All)
                {
                    if (sum.LastMs >= from.MaxTime - RunningSums.ForgottenAfterMs) to.TakeSum(tenant, series.Index.KeyOf(number, key), sum);
                }
            }
        }
    }

    /// <summary>Writes the sums of a frozen head.</summary>
    public static void Write(MetricHead head, PooledBufferWriter output)
    {
        var key = new LabelKey();
        output.WriteByte(Version);
        lock (head.Gate)
        {
            output.WriteUnsigned((ulong)head.WithSums.Count());
            foreach (var (tenant, series) in head.WithSums)
            {
                output.WriteLengthPrefixed(Encoding.UTF8.GetBytes(tenant.Name));
                output.WriteUnsigned((ulong)series.Sums.All.Count);
                foreach (var (number, sum) in series.Sums.All)
                {
                    output.WriteLengthPrefixed(series.Index.KeyOf(number, key));
                    output.WriteDouble(sum.Total);
                    output.WriteSigned(sum.LastMs);
                }
            }
        }
    }

    /// <summary>Gives an empty head the sums that were written.</summary>
    /// <exception cref="InvalidDataException">The bytes are not sums.</exception>
    public static void Read(ReadOnlySpan<byte> saved, MetricHead into)
    {
        var reader = new VarintReader(saved);
        if (reader.ReadByte() != Version) throw new InvalidDataException("The running sums that the metastore keeps have a version that this program does not know.");
        for (var tenants = reader.ReadCount(saved.Length); tenants > 0 && !reader.Failed; tenants--)
        {
            var tenant = new TenantId(Encoding.UTF8.GetString(reader.ReadLengthPrefixed()));
            for (var sums = reader.ReadCount(saved.Length); sums > 0; sums--)
            {
                var labels = reader.ReadLengthPrefixed();
                var sum = new RunningSum(reader.ReadDouble(), reader.ReadSigned());
                if (reader.Failed) break;
                into.TakeSum(tenant, labels, sum);
            }
        }

        if (reader.Failed || !reader.AtEnd) throw new InvalidDataException("The running sums that the metastore keeps break off.");
    }
}
