using System.Globalization;
using System.Runtime.CompilerServices;
using Triptych.Model;
using Triptych.Storage.Backup;

namespace Triptych.Storage.Tests.Backup;

/// <summary>
/// Manifests of each shipped format, in tests/golden/backup under the names that they have in a backup. They are read for ever. A change of the format adds
/// one and keeps the others; <c>TRIPTYCH_WRITE_GOLDEN=1</c> writes those that are missing.
/// </summary>
public sealed class GoldenManifestTests
{
    private const string Sha256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

    [Theory]
    [InlineData(1, "20260301T120000.250Z-25cd7e25810af706")]
    [InlineData(2, "20260301T120000.250Z-da3a83366a8f2b77")]
    public async Task A_manifest_of_each_format_says_what_it_always_said(int format, string name)
    {
        var path = Path.Combine(Folder(), string.Create(CultureInfo.InvariantCulture, $"format-{format}"), name + ".json");
        var expected = Expected(format);
        if (!File.Exists(path) && Environment.GetEnvironmentVariable("TRIPTYCH_WRITE_GOLDEN") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            path = Path.Combine(Path.GetDirectoryName(path)!, BackupManifest.NameOf(expected.Started, expected.ToBytes()) + ".json");
            await File.WriteAllBytesAsync(path, expected.ToBytes(), TestContext.Current.CancellationToken);
        }

        var golden = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        var manifest = BackupManifest.Read(golden, name);
        manifest.Format.ShouldBe(format);
        manifest.Started.ShouldBe(expected.Started);
        manifest.Program.ShouldBe(expected.Program);
        manifest.Tenants.ShouldBe(expected.Tenants);
        manifest.Retired.ShouldBe(expected.Retired);
        manifest.Blocks.Select(Text).ShouldBe(expected.Blocks.Select(Text));
        manifest.Values.Select(Text).ShouldBe(expected.Values.Select(Text));
        manifest.Damaged.Select(static d => d.Reason).ShouldBe(format == 2 ? ["at byte 4: its checksum is wrong"] : []);
        BackupManifest.NameOf(manifest.Started, golden).ShouldBe(name, "its name holds the hash of its bytes");
        expected.ToBytes().ShouldBe(golden, "a manifest written now has another layout: give it a format and a golden manifest of its own");
    }

    private static BackupManifest Expected(int format) => new(
        format,
        new DateTimeOffset(2026, 3, 1, 12, 0, 0, 250, TimeSpan.Zero),
        "0.1.0",
        [new(1, "default"), new(2, "acme")],
        [
            Block(1, "default", Signal.Logs, "logs", null), Block(2, "acme", Signal.Metrics, "metrics", null),
            Block(3, "default", Signal.Traces, "traces", format == 2 ? "at byte 4: its checksum is wrong" : null),
        ],
        [new(Signal.Metrics, 4, 900), new(Signal.Logs, 5, 1_000_000_000_000), new(Signal.Traces, 0, 0)],
        [new("tail", "2049-77", 3, "{\"offset\":12}"u8.ToArray()), new("ui", "board \"a\" < ü", 1, new byte[] { 0, 255, 7 })]);

    private static ManifestBlock Block(int number, string tenant, Signal signal, string folder, string? damage)
    {
        var id = new Guid(number, 0x7a, 0x7b, [0x80, 1, 2, 3, 4, 5, 6, 7]);
        return new ManifestBlock(
            id, tenant, signal, number - 1, -number, long.MaxValue - number, 100 * number, 4096 * number,
            $"blocks/{(tenant == "default" ? 1 : 2)}/{folder}/2026-02-28/{id:N}.parquet", number, number + 2, new byte[] { 1, 0, (byte)number }, Sha256, damage);
    }

    private static string Text(ManifestBlock block) => $"{block with { Statistics = default }} {Convert.ToHexString(block.Statistics.Span)}";

    private static string Text(ManifestValue value) => $"{value with { Value = default }} {Convert.ToHexString(value.Value.Span)}";

    private static string Folder([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "golden", "backup");
}
