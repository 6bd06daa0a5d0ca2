namespace Triptych.Server.Tests.Storage;

/// <summary>What becomes of blocks whose catalog is gone.</summary>
public sealed class LostCatalogTests
{
    [Fact]
    public async Task Blocks_are_kept_however_often_the_server_starts_with_another_catalog()
    {
        await using var server = new ServerProcess();
        await server.StartAsync();
        (await Wire.PostAsync(server.Url(server.OtlpHttpPort, "/v1/logs"), Bodies.Logs("lost", "line"), Wire.Protobuf)).Status.ShouldBe(200);
        (await server.StopAsync()).ShouldBe(0, server.Error);
        var before = Blocks(server);
        before.ShouldNotBeEmpty();
        foreach (var file in Directory.EnumerateFiles(server.DataDirectory, "metastore.db*")) File.Delete(file);

        for (var start = 0; start < 3; start++)
        {
            await server.StartAsync();
            (await Wire.PostAsync(server.Url(server.OtlpHttpPort, "/v1/logs"), Bodies.Logs("new", $"line {start}"), Wire.Protobuf)).Status.ShouldBe(200);
            (await server.StopAsync()).ShouldBe(0, server.Error);
            server.Error.ShouldContain("objects lie in the store that the catalog neither names nor has made");
            before.Except(Blocks(server)).ShouldBeEmpty();
        }
    }

    [Fact]
    public async Task A_damaged_catalog_ends_the_start_with_its_name_and_what_to_do()
    {
        await using var server = new ServerProcess();
        await server.StartAsync();
        (await server.StopAsync()).ShouldBe(0, server.Error);
        var file = Path.Combine(server.DataDirectory, "metastore.db");
        var bytes = await File.ReadAllBytesAsync(file);
        bytes.AsSpan(4096).Fill(0xee);
        await File.WriteAllBytesAsync(file, bytes);
        (await server.RunAsync("serve")).ShouldBeOneLine(exitCode: 1, $"the catalog {file} is damaged", "restore --replace", "to start anew");
    }

    private static List<string> Blocks(ServerProcess server) =>
        [.. Directory.EnumerateFiles(Path.Combine(server.DataDirectory, "objects", "blocks"), "*.parquet", SearchOption.AllDirectories)];
}
