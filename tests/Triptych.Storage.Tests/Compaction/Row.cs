using System.Buffers.Binary;
using Triptych.Columnar.Parquet;
using Triptych.Model.Labels;
using Triptych.Primitives.Checksums;
using Triptych.Storage.Compaction;
using Triptych.Testing.Kills;

namespace Triptych.Storage.Tests.Compaction;

/// <summary>
/// The smallest record that compaction can get wrong: two are equal when time and key are, and then the value of the first stays. Has the
/// labels <c>app</c> (by key, as <see cref="KillRow"/> has it) and <c>key</c>.
/// </summary>
internal readonly record struct Row(long Time, long Key, long Value)
{
    public const int Size = 24;

    public (long Time, long Key) Identity => (Time, Key);

    public string App => KillRow.AppOf((int)Key);

    public bool IsVictim(RowDeletion deletion) => Time >= deletion.MinTime && Time <= deletion.MaxTime && Holds(deletion.Matchers);

    public bool Holds(IReadOnlyList<LabelMatcher> matchers)
    {
        var (app, key) = (App, Key.ToString(System.Globalization.CultureInfo.InvariantCulture));
        return matchers.All(m => m.Matches(m.Name switch { "app" => app, "key" => key, _ => "" }));
    }

    public void Write(Span<byte> into)
    {
        BinaryPrimitives.WriteInt64LittleEndian(into, Time);
        BinaryPrimitives.WriteInt64LittleEndian(into[8..], Key);
        BinaryPrimitives.WriteInt64LittleEndian(into[16..], Value);
    }

    public static Row Read(ReadOnlySpan<byte> from) => new(
        BinaryPrimitives.ReadInt64LittleEndian(from),
        BinaryPrimitives.ReadInt64LittleEndian(from[8..]),
        BinaryPrimitives.ReadInt64LittleEndian(from[16..]));

    /// <summary>A block: rows and their checksum.</summary>
    public static byte[] WriteBlock(IReadOnlyList<Row> rows)
    {
        var bytes = new byte[(rows.Count * Size) + 4];
        for (var i = 0; i < rows.Count; i++)
            rows[i].Write(bytes.AsSpan(i * Size));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(rows.Count * Size), Crc32C.Compute(bytes.AsSpan(0, rows.Count * Size)));
        return bytes;
    }

    public static List<Row> ReadBlock(string name, ReadOnlySpan<byte> bytes)
    {
        var end = bytes.Length - 4;
        if (end < 0 || end % Size != 0 || Crc32C.Compute(bytes[..end]) != BinaryPrimitives.ReadUInt32LittleEndian(bytes[end..]))
            throw new CorruptFileException(name, end, "the checksum is another");
        var rows = new List<Row>();
        for (var at = 0; at < end; at += Size)
            rows.Add(Read(bytes[at..]));
        return rows;
    }

    public static LabelMatcher[] Matchers(string app) => [LabelMatcher.Create("app", MatchOp.Equal, app)];
}
