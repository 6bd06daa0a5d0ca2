using System.Globalization;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Triptych.Model;
using Triptych.Storage.Catalog;
using Triptych.Storage.Metastore;
using Triptych.Storage.ObjectStore;

namespace Triptych.Storage.Backup;

/// <summary>
/// A block in a manifest: its catalog entry; the SHA-256 of its file (lower-case hex; null until it was copied, and for one that is left out); and what was
/// wrong with it already when it was copied (null: nothing), or why it could not be.
/// </summary>
public sealed record ManifestBlock(
    Guid Id,
    string Tenant,
    Signal Signal,
    int Level,
    long MinTime,
    long MaxTime,
    long Rows,
    long SizeBytes,
    string ObjectKey,
    long FirstSegment,
    long LastSegment,
    ReadOnlyMemory<byte> Statistics,
    string? Sha256,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Damage = null)
{
    /// <summary>Whether the backup does not have the block: it was lost in the server's store.</summary>
    [JsonIgnore]
    public bool IsLeftOut => Sha256 is null && Damage is not null;

    /// <summary>Its catalog entry.</summary>
    public BlockMeta ToMeta() => new()
    {
        Id = Id,
        Tenant = new TenantId(Tenant),
        Signal = Signal,
        Level = Level,
        MinTime = MinTime,
        MaxTime = MaxTime,
        Rows = Rows,
        SizeBytes = SizeBytes,
        ObjectKey = ObjectKey,
        FirstSegment = FirstSegment,
        LastSegment = LastSegment,
        Statistics = Statistics,
    };
}

/// <summary>A tenant in a manifest.</summary>
public sealed record ManifestTenant(int Number, string Name);

/// <summary>Retired WAL of a signal in a manifest.</summary>
public sealed record ManifestRetirement(Signal Signal, long Segment, long Sequence);

/// <summary>A metastore value in a manifest.</summary>
public sealed record ManifestValue(string Scope, string Key, long Version, ReadOnlyMemory<byte> Value);

/// <summary>
/// What a backup consists of: the catalog's content, the metastore's values, and the checksum of each object. Written last, so that a backup
/// exists when its manifest does; its name holds the hash of its own bytes. Format: docs/formats/backup.md.
/// </summary>
public sealed record BackupManifest(
    int Format,
    DateTimeOffset Started,
    string Program,
    IReadOnlyList<ManifestTenant> Tenants,
    IReadOnlyList<ManifestBlock> Blocks,
    IReadOnlyList<ManifestRetirement> Retired,
    IReadOnlyList<ManifestValue> Values)
{
    /// <summary>The newest format that this program knows: with <see cref="ManifestBlock.Damage"/>. It is written where there is such a block.</summary>
    public const int CurrentFormat = 2;

    private const int FormatWithoutDamage = 1;

    private const int HashDigits = 16;

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
    };

    /// <summary>Blocks that were damaged already when they were copied, or lost.</summary>
    [JsonIgnore]
    public IEnumerable<DamagedObject> Damaged =>
        Blocks.Where(static b => b.Damage is not null).Select(static b => new DamagedObject(b.ObjectKey, b.Damage!));

    /// <summary>Bytes of all objects.</summary>
    [JsonIgnore]
    public long TotalBytes => Blocks.Sum(static b => b.SizeBytes);

    /// <summary>Describes content whose objects have no checksums yet.</summary>
    public static BackupManifest Of(MetastoreContent content, DateTimeOffset started, string program) => new(
        FormatWithoutDamage,
        started,
        program,
        [.. content.Tenants.Select(static t => new ManifestTenant(t.Number, t.Tenant.Name))],
        [
            .. content.Catalog.Blocks.OrderBy(static b => b.ObjectKey, StringComparer.Ordinal).Select(static b => new ManifestBlock(
                b.Id, b.Tenant.Name, b.Signal, b.Level, b.MinTime, b.MaxTime, b.Rows, b.SizeBytes, b.ObjectKey,
                b.FirstSegment, b.LastSegment, b.Statistics, Sha256: null)),
        ],
        [.. content.Catalog.Retired.Select(static r => new ManifestRetirement(r.Signal, r.ThroughSegment, r.ThroughSequence))],
        [.. content.Values.Select(static v => new ManifestValue(v.Scope, v.Value.Key, v.Value.Version, v.Value.Value))]);

    /// <summary>Reads a manifest and checks that it is sound in itself.</summary>
    /// <param name="bytes">All of it.</param>
    /// <param name="name">What to call it in messages.</param>
    /// <exception cref="BackupException">It is not one, or one of a newer format.</exception>
    public static BackupManifest Read(ReadOnlySpan<byte> bytes, string name)
    {
        try
        {
            var format = JsonSerializer.Deserialize<FormatOnly>(bytes)!.Format;
            if (format is < FormatWithoutDamage or > CurrentFormat)
                throw new BackupException($"{name} has format {format}; this program knows formats up to {CurrentFormat}. Another version of Triptych wrote it.");
            var manifest = JsonSerializer.Deserialize<BackupManifest>(bytes, Json)!;
            if (manifest.FindProblem() is { } problem)
                throw new BackupException($"{name} is damaged: {problem}");
            return manifest;
        }
        catch (JsonException e)
        {
            throw new BackupException($"{name} is damaged: {e.Message.ReplaceLineEndings(" ")}", e);
        }
    }

    /// <summary>Writes it as JSON.</summary>
    public Task WriteAsync(Stream into, CancellationToken cancellationToken) => JsonSerializer.SerializeAsync(into, this, Json, cancellationToken);

    /// <summary>As bytes.</summary>
    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, Json);

    /// <summary>With its objects' checksums and damage, which it has the format for.</summary>
    internal BackupManifest With(IReadOnlyList<ManifestBlock> blocks) =>
        this with { Blocks = blocks, Format = blocks.Any(static b => b.Damage is not null) ? CurrentFormat : FormatWithoutDamage };

    /// <summary>What a metastore that holds it contains: all but the blocks that were left out.</summary>
    public MetastoreContent ToContent() => new(
        [.. Tenants.Select(static t => new NumberedTenant(t.Number, new TenantId(t.Name)))],
        new CatalogContent(
            [.. Blocks.Where(static b => !b.IsLeftOut).Select(static b => b.ToMeta())],
            [.. Retired.Select(static r => new WalRetirement(r.Signal, r.Segment, r.Sequence))]),
        [.. Values.Select(static v => new ScopedValue(v.Scope, new VersionedValue(v.Key, v.Version, v.Value)))]);

    /// <summary>The backup's name: when it began (UTC), and the beginning of the hash of the manifest's bytes.</summary>
    internal static string NameOf(DateTimeOffset started, ReadOnlySpan<byte> bytes) => string.Create(
        CultureInfo.InvariantCulture, $"{started.UtcDateTime:yyyyMMdd'T'HHmmss'.'fff'Z'}-{Convert.ToHexStringLower(SHA256.HashData(bytes))[..HashDigits]}");

    private string? FindProblem()
    {
        var names = Tenants.Select(static t => t.Name).ToHashSet(StringComparer.Ordinal);
        if (names.Count != Tenants.Count || Tenants.Select(static t => t.Number).Distinct().Count() != Tenants.Count)
            return "a tenant or its number is there twice";
        var keys = new HashSet<string>(StringComparer.Ordinal);
        foreach (var block in Blocks)
        {
            // The key becomes a path: it must not lead anywhere else.
            if (!ObjectKey.IsValid(block.ObjectKey) || !block.ObjectKey.StartsWith(BackupRepository.BlockPrefix, StringComparison.Ordinal))
                return $"block {block.Id} has the impossible key \"{block.ObjectKey}\"";
            if (!keys.Add(block.ObjectKey))
                return $"{block.ObjectKey} is there twice";
            if (!names.Contains(block.Tenant))
                return $"block {block.Id} is of tenant \"{block.Tenant}\", which is not in the list of tenants";
            if (block.SizeBytes < 0)
                return $"block {block.Id} has the impossible size {block.SizeBytes}";
        }

        return null;
    }

    private sealed record FormatOnly([property: JsonPropertyName("format")] int Format);
}
