using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Triptych.Storage.Blocks;
using Triptych.Storage.Instruments;
using Triptych.Storage.Metastore;
using Triptych.Storage.ObjectStore;

namespace Triptych.Storage.Catalog;

/// <summary>
/// Objects that this catalog has made and does not name: blocks being written, and removed ones whose files are still there. Each is noted in the
/// metastore (scope <c>unlisted-objects</c>) before it can be one, so that a start knows what a kill left behind. What is neither named nor noted is
/// of another catalog, or of a later state of this one: the catalog was lost, or an older copy of it was put back. That is never deleted.
/// </summary>
internal static class UnlistedObjects
{
    /// <summary>The key is the block's id, 32 hex digits; the value its object's key.</summary>
    public const string Scope = "unlisted-objects";

    // No id: what is put down here are the newest foreign objects that a start has seen, Unix ms, 8 bytes, little-endian.
    private const string ForeignKey = "foreign-through";

    /// <summary>Notes that an object is about to be made.</summary>
    public static async ValueTask NoteAsync(IMetastore metastore, Guid block, string objectKey, CancellationToken cancellationToken) =>
        await metastore.SetAsync(Scope, KeyOf(block), Encoding.ASCII.GetBytes(objectKey), expectedVersion: null, cancellationToken);

    /// <summary>The change with what it does to the notes: blocks that appear lose theirs, blocks that go get one.</summary>
    public static MetastoreChange WithNotes(MetastoreChange change, CatalogVersion current)
    {
        var removed = change.Remove.ToHashSet();
        return change with
        {
            Values =
            [
                .. change.Values,
                .. current.All.Where(b => removed.Contains(b.Id))
                    .Select(static b => new MetastoreValue(Scope, KeyOf(b.Id), Encoding.ASCII.GetBytes(b.ObjectKey))),
            ],
            RemoveValues = [.. change.RemoveValues, .. change.Add.Select(static b => new MetastoreKey(Scope, KeyOf(b.Id)))],
        };
    }

    /// <summary>Forgets objects that are gone.</summary>
    public static async ValueTask ForgetAsync(IMetastore metastore, IEnumerable<Guid> blocks, CancellationToken cancellationToken) =>
        await metastore.CommitAsync(
            new MetastoreChange { RemoveValues = [.. blocks.Select(static b => new MetastoreKey(Scope, KeyOf(b)))] }, cancellationToken);

    /// <summary>
    /// Compares catalog, notes and store at a start: deletes what is noted, keeps and reports what is foreign, reports what is missing.
    /// When there are foreign objects that are newer than all that an earlier start has seen, the catalog itself may have been put back to an
    /// older state, in which what it noted as unfinished was finished later: then nothing is deleted, and those notes are dropped. So it is when a
    /// block is missing that was not known to be: what is noted may be the output of a merge that had it, and the only copy.
    /// </summary>
    /// <returns>Blocks whose objects are not there.</returns>
    public static async ValueTask<IReadOnlyList<BlockMeta>> SettleAsync(
        CatalogContent content, IMetastore metastore, IObjectStore objects, string prefix, IStorageEvents events, CancellationToken cancellationToken)
    {
        var notes = await metastore.ListAsync(Scope, cancellationToken);
        var noted = notes.Where(static n => n.Key != ForeignKey).Select(static n => Encoding.ASCII.GetString(n.Value.Span)).ToHashSet(StringComparer.Ordinal);
        var missing = content.Blocks.ToDictionary(static b => b.ObjectKey, StringComparer.Ordinal);
        var unfinished = new List<string>();
        var foreign = new List<string>();
        await foreach (var entry in objects.ListAsync(prefix, cancellationToken))
        {
            if (!missing.Remove(entry.Key))
                (noted.Contains(entry.Key) ? unfinished : foreign).Add(entry.Key);
        }

        foreach (var key in missing.Keys)
            events.BlockMissing(key);
        var known = (await metastore.ListAsync(BlockQuarantine.Scope, cancellationToken)).Select(static v => v.Key).ToHashSet(StringComparer.Ordinal);
        if (missing.Values.Any(b => !known.Contains(KeyOf(b.Id))))
        {
            foreign.AddRange(unfinished);
            unfinished.Clear();
        }

        if (foreign.Count > 0)
            events.ForeignObjectsKept(foreign.Count, foreign[0], metastore.IsNew);
        var seen = notes.FirstOrDefault(static n => n.Key == ForeignKey) is { } last ? BinaryPrimitives.ReadInt64LittleEndian(last.Value.Span) : -1;
        var newest = foreign.Count == 0 ? -1 : foreign.Max(CreatedUnixMs);
        if (newest <= seen && unfinished.Count > 0)
        {
            await objects.DeleteManyAsync(unfinished, cancellationToken);
            events.UnfinishedObjectsRemoved(unfinished.Count);
        }

        var change = new MetastoreChange
        {
            RemoveValues = [.. notes.Where(static n => n.Key != ForeignKey).Select(static n => new MetastoreKey(Scope, n.Key))],
            Values = newest > seen ? [new MetastoreValue(Scope, ForeignKey, ToBytes(newest))] : [],
        };
        if (change.RemoveValues.Count + change.Values.Count > 0)
            await metastore.CommitAsync(change, cancellationToken);
        return [.. missing.Values];
    }

    private static string KeyOf(Guid block) => block.ToString("N");

    /// <summary>When an object was made, by the id in its key (UUID v7, whose first 48 bits are Unix ms); 0 where there is none.</summary>
    private static long CreatedUnixMs(string objectKey)
    {
        var name = Path.GetFileNameWithoutExtension(objectKey);
        return name.Length == 32 && long.TryParse(name.AsSpan(0, 12), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var ms) ? ms : 0;
    }

    private static byte[] ToBytes(long value)
    {
        var bytes = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return bytes;
    }
}
