using Triptych.Storage.Disk;
using Triptych.Storage.ObjectStore;
using Triptych.Storage.ObjectStore.Cache;
using Triptych.Storage.ObjectStore.S3;
using Triptych.Testing;

namespace Triptych.Storage.Tests.ObjectStore;

/// <summary>The cache never answers with other bytes than the store, whatever happens to its file, and stays within its size.</summary>
public sealed class RangeCacheTests : IDisposable
{
    private const int PageBytes = 1024;
    private static readonly Guid DataSet = Guid.Parse("6b0c2f8e-9a0b-4f0e-8a55-6d4a3f0b1c2d");
    private readonly MemoryBucket _bucket = new(TimeProvider.System);
    private readonly S3ObjectStore _inner;

    public RangeCacheTests() => _inner = TestS3.Open(_bucket);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _inner.Dispose();

    [Fact]
    public async Task A_range_is_fetched_once_with_all_of_its_pages()
    {
        using var cache = OpenCache(new FaultyDisk());
        var store = Cached(cache);
        var content = await PutAsync("blocks/a", 10_000);
        await ShouldReadAsync(store, "blocks/a", content, 3000, 2000);
        Gets().ShouldBe(1);
        cache.Count.ShouldBe(3);
        await ShouldReadAsync(store, "blocks/a", content, 2048, 3072);
        await ShouldReadAsync(store, "blocks/a", content, 2500, 10);
        Gets().ShouldBe(1);

        // Only what is missing, in one request for neighbours; the last page ends with the object.
        await ShouldReadAsync(store, "blocks/a", content, 0, 12_000);
        Gets().ShouldBe(3);
        await ShouldReadAsync(store, "blocks/a", content, 9_900, 500);
        await ShouldReadAsync(store, "blocks/a", content, 10_000, 5);
        Gets().ShouldBe(3);
    }

    [Fact]
    public async Task What_may_change_is_not_cached()
    {
        using var cache = OpenCache(new FaultyDisk());
        var store = Cached(cache);
        await ShouldReadAsync(store, "lock", await PutAsync("lock", 100), 0, 100);
        await ShouldReadAsync(store, "lock", await PutAsync("lock", 50), 0, 100);
        cache.Count.ShouldBe(0);
    }

    [Fact]
    public async Task The_page_used_longest_ago_makes_room()
    {
        using var cache = OpenCache(new FaultyDisk(), pages: 3);
        var store = Cached(cache);
        var content = await PutAsync("blocks/a", 4 * PageBytes);
        foreach (var page in new[] { 0, 1, 2, 0, 3 })
            await ShouldReadAsync(store, "blocks/a", content, page * PageBytes, PageBytes);
        cache.Count.ShouldBe(3);
        Enumerable.Range(0, 4).Select(p => cache.Contains("blocks/a", p)).ShouldBe([true, false, true, true]);
    }

    [Fact]
    public async Task The_file_never_grows_beyond_its_size()
    {
        var disk = new FaultyDisk();
        using var cache = OpenCache(disk, pages: 8);
        var store = Cached(cache);
        for (var i = 0; i < 20; i++)
            await ShouldReadAsync(store, $"blocks/{i}", await PutAsync($"blocks/{i}", 5_000), 0, 5_000);
        cache.Count.ShouldBe(8);
        disk.List("/c").Single().SizeBytes.ShouldBeLessThanOrEqualTo(CacheFormat.HeadBytes + (8 * (CacheFormat.SlotHeadBytes + PageBytes)));
    }

    [Fact]
    public async Task It_survives_a_restart_and_another_data_set_or_size_starts_empty()
    {
        var disk = new FaultyDisk();
        var content = await PutAsync("blocks/a", 5_000);
        using (var cache = OpenCache(disk))
            await ShouldReadAsync(Cached(cache), "blocks/a", content, 0, 5_000);
        using (var again = OpenCache(disk))
        {
            again.Count.ShouldBe(5);
            await ShouldReadAsync(Cached(again), "blocks/a", content, 0, 5_000);
            Gets().ShouldBe(1);
        }

        using (var larger = OpenCache(disk, pages: 65))
            larger.Count.ShouldBe(0);
        using (var cache = OpenCache(disk, pages: 65))
            await ShouldReadAsync(Cached(cache), "blocks/a", content, 0, 5_000);
        using var other = OpenCache(disk, pages: 65, dataSet: Guid.NewGuid());
        other.Count.ShouldBe(0);
    }

    [Fact]
    public async Task A_deleted_object_is_gone_after_a_restart_too()
    {
        var disk = new FaultyDisk();
        using (var cache = OpenCache(disk))
        {
            var store = Cached(cache);
            await ShouldReadAsync(store, "blocks/a", await PutAsync("blocks/a", 5_000), 0, 5_000);
            await store.DeleteManyAsync(["blocks/a"], Stop);
            await Should.ThrowAsync<ObjectNotFoundException>(async () => await store.GetRangeAsync("blocks/a", 0, new byte[10], Stop));
        }

        using var again = OpenCache(disk);
        again.Count.ShouldBe(0);
    }

    [Fact]
    public async Task A_full_or_failing_disk_fails_no_read()
    {
        var disk = new FaultyDisk();
        var content = await PutAsync("blocks/a", 20_000);
        using var cache = OpenCache(disk);
        var store = Cached(cache);
        disk.CapacityBytes = 8_000;
        await ShouldReadAsync(store, "blocks/a", content, 0, 20_000);
        disk.Fault = static _ => new IOException("I/O error");
        await ShouldReadAsync(store, "blocks/a", content, 0, 20_000);
        disk.Fault = null;
        disk.CapacityBytes = long.MaxValue;
        await ShouldReadAsync(store, "blocks/a", content, 0, 20_000);
        await ShouldReadAsync(store, "blocks/a", content, 0, 20_000);
        cache.Count.ShouldBe(20);
    }

    [Fact]
    public async Task Readers_that_miss_the_same_page_fetch_it_once()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var cache = OpenCache(new FaultyDisk());
        var store = Cached(cache);
        var content = await PutAsync("blocks/a", 5_000);
        _bucket.Delay = (call, token) => call.Operation == "get" ? release.Task.WaitAsync(token) : Task.CompletedTask;
        var readers = Enumerable.Range(0, 8).Select(_ => ShouldReadAsync(store, "blocks/a", content, 0, 5_000)).ToList();
        release.SetResult();
        await Task.WhenAll(readers);
        Gets().ShouldBe(1);
    }

    [Fact]
    public async Task Who_waits_for_another_reader_fetches_itself_when_that_one_gives_up()
    {
        using var giveUp = new CancellationTokenSource();
        using var cache = OpenCache(new FaultyDisk());
        var store = Cached(cache);
        var content = await PutAsync("blocks/a", 5_000);
        var hung = 1;
        _bucket.Delay = (call, token) => call.Operation == "get" && Interlocked.Decrement(ref hung) == 0
            ? Task.Delay(Timeout.Infinite, token)
            : Task.CompletedTask;
        var first = store.GetRangeAsync("blocks/a", 0, new byte[5_000], giveUp.Token).AsTask();
        var second = ShouldReadAsync(store, "blocks/a", content, 0, 5_000);
        second.IsCompleted.ShouldBeFalse();
        await giveUp.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => first);
        await second;
    }

    [Fact]
    public async Task Any_byte_of_the_file_may_change_and_no_wrong_byte_is_served()
    {
        var disk = new FaultyDisk();
        var content = await PutAsync("blocks/a", 3_000);
        using (var cache = OpenCache(disk, pages: 4))
            await ShouldReadAsync(Cached(cache), "blocks/a", content, 0, 3_000);
        var file = disk.List("/c").Single().Path;
        var whole = Read(disk, file);
        for (var at = 0; at < whole.Length; at++)
        {
            // What follows the head and the slots in use is nobody's.
            if (at is > 64 and < CacheFormat.HeadBytes && at % 97 != 0)
                continue;
            var altered = (byte[])whole.Clone();
            altered[at] ^= 0x41;
            var next = new FaultyDisk();
            next.Put(file, altered);
            using var cache = OpenCache(next, pages: 4);
            await ShouldReadAsync(Cached(cache), "blocks/a", content, 0, 3_000);
        }
    }

    /// <summary>Random reads, puts, deletions, restarts, power cuts, damage and failing disks, against the bytes that were put.</summary>
    [Fact]
    public async Task Whatever_happens_reads_are_those_of_the_store()
    {
        var isLong = Environment.GetEnvironmentVariable("TRIPTYCH_TEST_LONG") == "1";
        for (var seed = 0; seed < (isLong ? 2_000 : 60); seed++)
        {
            try
            {
                await RunScenarioAsync(new Random(seed), seed);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"Seed {seed} failed: {e.Message}", e);
            }
        }
    }

    [Fact]
    public async Task Readers_and_evictions_side_by_side_never_mix_pages()
    {
        using var cache = OpenCache(new FaultyDisk(), pages: 5);
        var store = Cached(cache);
        var contents = new List<byte[]>();
        for (var i = 0; i < 4; i++)
            contents.Add(await PutAsync($"blocks/{i}", 6_000));
        await Parallel.ForAsync(0, 8, Stop, async (reader, _) =>
        {
            var random = new Random(reader);
            for (var i = 0; i < 300; i++)
            {
                var which = random.Next(4);
                await ShouldReadAsync(store, $"blocks/{which}", contents[which], random.Next(6_500), random.Next(1, 3_000));
            }
        });
        cache.Count.ShouldBeLessThanOrEqualTo(5);
    }

    private async Task RunScenarioAsync(Random random, int seed)
    {
        var disk = new FaultyDisk();
        var contents = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        var cache = OpenCache(disk, pages: 7);
        for (var step = 0; step < 60; step++)
        {
            var store = Cached(cache);
            switch (random.Next(10))
            {
                case 0:
                    contents[$"blocks/s{seed}/{step}"] = await PutAsync($"blocks/s{seed}/{step}", random.Next(0, 9_000));
                    break;
                case 1 when contents.Count > 1:
                    var gone = contents.Keys.ElementAt(random.Next(contents.Count));
                    await store.DeleteAsync(gone, Stop);
                    contents.Remove(gone);
                    break;
                case 2:
                    cache.Dispose();
                    disk = disk.AfterPowerCut(random.GetItems(Enum.GetValues<Leftover>(), 1)[0], step);
                    cache = OpenCache(disk, pages: 7);
                    break;
                case 3 when disk.List("/c") is [var entry] && entry.SizeBytes > 0:
                    disk.Fault = null;
                    using (var file = disk.Open(entry.Path, DiskOpen.ReadWrite))
                        file.Write([(byte)random.Next(256)], random.NextInt64(entry.SizeBytes));
                    break;
                case 4:
                    disk.Fault = random.Next(3) == 0 ? static _ => new IOException("I/O error") : null;
                    break;
                default:
                    if (contents.Count > 0)
                    {
                        var (key, content) = contents.ElementAt(random.Next(contents.Count));
                        await ShouldReadAsync(store, key, content, random.Next(10_000), random.Next(1, 10_000));
                    }

                    break;
            }
        }

        cache.Dispose();
    }

    private static RangeCache OpenCache(FaultyDisk disk, int pages = 64, Guid? dataSet = null)
    {
        var fault = disk.Fault;
        disk.Fault = null;
        var cache = RangeCache.Open(
            disk, new RangeCacheOptions { Directory = "/c", CapacityBytes = pages * PageBytes, DataSet = dataSet ?? DataSet, PageBytes = PageBytes });
        disk.Fault = fault;
        return cache;
    }

    private CachedObjectStore Cached(RangeCache cache) => new(_inner, cache, static key => key.StartsWith("blocks/", StringComparison.Ordinal));

    private int Gets() => _bucket.Calls.Count(static c => c.Operation == "get");

    private static byte[] Read(FaultyDisk disk, string path)
    {
        using var file = disk.Open(path, DiskOpen.Read);
        var bytes = new byte[file.Length];
        file.Read(bytes, 0).ShouldBe(bytes.Length);
        return bytes;
    }

    private async Task<byte[]> PutAsync(string key, int length)
    {
        var content = new byte[length];
        new Random(length).NextBytes(content);
        await _inner.PutAsync(key, content, Stop);
        return content;
    }

    private static async Task ShouldReadAsync(CachedObjectStore store, string key, byte[] content, int offset, int length)
    {
        var buffer = new byte[length];
        var expected = Math.Clamp(content.Length - offset, 0, length);
        (await store.GetRangeAsync(key, offset, buffer, Stop)).ShouldBe(expected, $"{length} bytes at {offset} of {key}");
        buffer.AsSpan(0, expected).SequenceEqual(content.AsSpan(Math.Min(offset, content.Length), expected)).ShouldBeTrue($"{length} bytes at {offset} of {key}");
    }
}
