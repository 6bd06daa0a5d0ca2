using System.Text;
using Triptych.Storage.Disk;
using Triptych.Storage.ObjectStore;
using Triptych.Testing;

namespace Triptych.Storage.Tests.ObjectStore;

public class LocalObjectStoreTests
{
    private const string Key = "blocks/1/logs/2026-03-01/a.parquet";

    [Theory]
    [InlineData("a")]
    [InlineData("blocks/1/logs/2026-03-01/a.parquet")]
    [InlineData("a=b/c_d-e")]
    public void Plain_relative_keys_are_valid(string key) => ObjectKey.IsValid(key).ShouldBeTrue();

    [Theory]
    [InlineData("")]
    [InlineData("/etc/passwd")]
    [InlineData("../x")]
    [InlineData("a/../b")]
    [InlineData("a/.hidden")]
    [InlineData("a//b")]
    [InlineData("a/")]
    [InlineData("a\\b")]
    [InlineData("a b")]
    [InlineData("a\0b")]
    [InlineData("ä")]
    public async Task Other_keys_are_refused(string key)
    {
        using var store = new LocalObjectStore(new FaultyDisk(), "/d");
        ObjectKey.IsValid(key).ShouldBeFalse();
        await Should.ThrowAsync<ArgumentException>(async () => await store.PutAsync(key, new byte[1], CancellationToken.None));
        await Should.ThrowAsync<ArgumentException>(async () => await store.GetRangeAsync(key, 0, new byte[1], CancellationToken.None));
    }

    [Fact]
    public async Task A_put_cut_off_at_any_operation_leaves_all_or_nothing_and_all_once_it_returned()
    {
        var content = Encoding.UTF8.GetBytes("the whole content");
        for (var (cut, returned) = (0, false); !returned; cut++)
        {
            var disk = new FaultyDisk { FailFromOperation = cut };
            try
            {
                using var store = new LocalObjectStore(disk, "/d");
                await store.PutAsync(Key, content, CancellationToken.None);
                returned = true;
            }
            catch (IOException)
            {
                // The cut.
            }

            foreach (var leftover in Enum.GetValues<Leftover>())
            {
                using var after = new LocalObjectStore(disk.AfterPowerCut(leftover, cut), "/d");
                var found = await ReadAsync(after, Key);
                if (returned || found is not null)
                    found.ShouldBe(content, $"cut at {cut}, {leftover}");
            }
        }
    }

    [Fact]
    public async Task Unfinished_files_never_bear_the_ending_and_are_removed_at_the_next_opening()
    {
        var disk = new FaultyDisk { Fault = o => o.Call == DiskCall.Flush ? new IOException("I/O error") : null };
        using (var store = new LocalObjectStore(disk, "/d"))
        {
            disk.Put("/d/tmp/left.part", [1]);
            await Should.ThrowAsync<IOException>(async () => await store.PutAsync(Key, new byte[100], CancellationToken.None));
            disk.Operations.ShouldAllBe(o => !o.Path.EndsWith(".parquet", StringComparison.Ordinal));
        }

        using var next = new LocalObjectStore(disk, "/d");
        disk.List("/d").ShouldBeEmpty();
    }

    [Fact]
    public async Task A_writer_that_throws_leaves_nothing()
    {
        var disk = new FaultyDisk();
        using var store = new LocalObjectStore(disk, "/d");
        await Should.ThrowAsync<InvalidDataException>(async () => await store.PutAsync(
            Key,
            async (stream, token) =>
            {
                await stream.WriteAsync(new byte[200_000], token);
                throw new InvalidDataException("no");
            },
            CancellationToken.None));
        disk.List("/d").ShouldBeEmpty();
    }

    [Fact]
    public async Task A_streamed_object_has_its_bytes_whatever_the_sizes_of_the_writes()
    {
        using var store = new LocalObjectStore(new FaultyDisk(), "/d");
        var random = new Random(3);
        var content = new byte[300_000];
        random.NextBytes(content);
        var length = await store.PutAsync(
            Key,
            async (stream, token) =>
            {
                for (var at = 0; at < content.Length;)
                {
                    var count = Math.Min(random.Next(1, 90_000), content.Length - at);
                    await stream.WriteAsync(content.AsMemory(at, count), token);
                    at += count;
                }
            },
            CancellationToken.None);
        length.ShouldBe(content.Length);
        (await ReadAsync(store, Key)).ShouldBe(content);
    }

    [Fact]
    public async Task Put_if_absent_lets_the_first_win()
    {
        using var store = new LocalObjectStore(new FaultyDisk(), "/d");
        (await store.PutIfAbsentAsync("x", new byte[] { 1 }, CancellationToken.None)).ShouldBeTrue();
        (await store.PutIfAbsentAsync("x", new byte[] { 2 }, CancellationToken.None)).ShouldBeFalse();
        (await ReadAsync(store, "x")).ShouldBe([1]);
    }

    [Fact]
    public async Task Ranges_end_with_the_object_and_missing_objects_are_named()
    {
        using var store = new LocalObjectStore(new FaultyDisk(), "/d");
        await store.PutAsync("x", new byte[] { 1, 2, 3, 4 }, CancellationToken.None);
        var buffer = new byte[3];
        (await store.GetRangeAsync("x", 2, buffer, CancellationToken.None)).ShouldBe(2);
        buffer.ShouldBe([3, 4, 0]);
        (await store.GetRangeAsync("x", 9, buffer, CancellationToken.None)).ShouldBe(0);
        (await store.GetLengthAsync("y", CancellationToken.None)).ShouldBeNull();
        (await Should.ThrowAsync<ObjectNotFoundException>(async () => await store.GetRangeAsync("y", 0, buffer, CancellationToken.None)))
            .Key.ShouldBe("y");
    }

    [Fact]
    public async Task Listing_takes_a_prefix_that_ends_within_a_name()
    {
        using var store = new LocalObjectStore(new FaultyDisk(), "/d");
        foreach (var key in new[] { "b/1", "a/12", "a/11", "a/2/3" })
            await store.PutAsync(key, new byte[key.Length], CancellationToken.None);
        (await KeysAsync(store, "a/1")).ShouldBe(["a/11", "a/12"]);
        (await KeysAsync(store, "")).ShouldBe(["a/11", "a/12", "a/2/3", "b/1"]);
    }

    [Fact]
    public async Task No_more_handles_stay_open_than_allowed()
    {
        using var store = new LocalObjectStore(new FaultyDisk(), "/d", maxOpenFiles: 2);
        for (var i = 0; i < 5; i++)
        {
            await store.PutAsync($"o{i}", new byte[] { (byte)i }, CancellationToken.None);
            (await ReadAsync(store, $"o{i}")).ShouldBe([(byte)i]);
        }

        store.OpenFiles.ShouldBe(2);
        (await ReadAsync(store, "o0")).ShouldBe([0]);
    }

    [Fact]
    public async Task It_works_on_the_real_file_system()
    {
        var root = Directory.CreateTempSubdirectory("triptych-objects-").FullName;
        try
        {
            using var store = new LocalObjectStore(PhysicalDisk.Instance, Path.Combine(root, "deep", "er"));
            await store.PutAsync(Key, new byte[] { 1, 2, 3 }, CancellationToken.None);
            (await store.PutIfAbsentAsync(Key, new byte[] { 9 }, CancellationToken.None)).ShouldBeFalse();
            (await store.PutIfAbsentAsync("other", new byte[] { 9 }, CancellationToken.None)).ShouldBeTrue();
            (await ReadAsync(store, Key)).ShouldBe([1, 2, 3]);
            (await KeysAsync(store, "")).ShouldBe([Key, "other"]);
            await store.DeleteAsync(Key, CancellationToken.None);
            await store.DeleteAsync(Key, CancellationToken.None);
            (await store.GetLengthAsync(Key, CancellationToken.None)).ShouldBeNull();
            PhysicalDisk.Instance.FreeBytes(root).ShouldBeGreaterThan(0);
            Should.Throw<IOException>(() => PhysicalDisk.Instance.FlushDirectory(Path.Combine(root, "missing"))).Message.ShouldContain("missing");
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private static async Task<byte[]?> ReadAsync(LocalObjectStore store, string key)
    {
        if (await store.GetLengthAsync(key, CancellationToken.None) is not { } length)
            return null;
        var bytes = new byte[length];
        (await store.GetRangeAsync(key, 0, bytes, CancellationToken.None)).ShouldBe((int)length);
        return bytes;
    }

    private static async Task<List<string>> KeysAsync(LocalObjectStore store, string prefix)
    {
        var keys = new List<string>();
        await foreach (var entry in store.ListAsync(prefix, CancellationToken.None))
            keys.Add(entry.Key);
        return keys;
    }
}
