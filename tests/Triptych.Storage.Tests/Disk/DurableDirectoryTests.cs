using Triptych.Storage.Disk;
using Triptych.Testing;

namespace Triptych.Storage.Tests.Disk;

public sealed class DurableDirectoryTests
{
    [Fact]
    public void Killed_at_any_call_and_made_again_a_file_in_it_survives_a_power_cut()
    {
        for (var at = 0; ; at++)
        {
            var disk = new FaultyDisk { FailFromOperation = at };
            var isKilled = false;
            try
            {
                disk.CreateDirectory("/a/b/c");
            }
            catch (IOException)
            {
                isKilled = true;
            }

            // The kernel goes on: what was made is there, durable or not.
            disk = disk.AfterKill();
            disk.CreateDirectory("/a/b/c");
            using (var file = disk.Open("/a/b/c/file", DiskOpen.CreateNew))
            {
                file.Write("x"u8, 0);
                file.Flush();
            }

            disk.FlushDirectory("/a/b/c");
            disk.AfterPowerCut(Leftover.Nothing).List("/a").ShouldHaveSingleItem().Path.ShouldBe("/a/b/c/file");
            if (!isKilled)
            {
                at.ShouldBe(6, "three directories, each made and flushed");
                return;
            }
        }
    }

    [Fact]
    public void A_directory_that_was_only_made_goes_with_all_that_is_in_it()
    {
        var disk = new FaultyDisk();
        disk.MakeDirectory("/a");
        disk.CreateDirectory("/a/b");
        using (var file = disk.Open("/a/b/file", DiskOpen.CreateNew))
            file.Flush();
        disk.FlushDirectory("/a/b");
        disk.AfterPowerCut(Leftover.Everything).List("/a").Count.ShouldBe(1);
        disk.AfterPowerCut(Leftover.TornWrites).HasDirectory("/a/b").ShouldBeTrue();
        disk.FlushDirectory("/");
        disk.AfterPowerCut(Leftover.Nothing).List("/a").Count.ShouldBe(1);

        var lost = new FaultyDisk();
        lost.MakeDirectory("/a");
        using (var file = lost.Open("/a/file", DiskOpen.CreateNew))
            file.Flush();
        lost.FlushDirectory("/a");
        lost.AfterPowerCut(Leftover.Nothing).List("/a").ShouldBeEmpty();
    }

    [Fact]
    public void The_real_disk_makes_missing_parents_and_takes_what_is_there()
    {
        var root = Directory.CreateTempSubdirectory("triptych-directories-").FullName;
        try
        {
            var path = Path.Combine(root, "a", "b") + "/";
            for (var i = 0; i < 2; i++)
            {
                PhysicalDisk.Instance.CreateDirectory(path);
                Directory.Exists(path).ShouldBeTrue();
            }

            Should.Throw<DirectoryNotFoundException>(() => PhysicalDisk.Instance.FlushDirectory(Path.Combine(root, "none")));
            var file = Path.Combine(root, "file");
            File.WriteAllText(file, "x");
            PhysicalDisk.Instance.Link(file, Path.Combine(path, "second"));
            PhysicalDisk.Instance.Link(file, Path.Combine(path, "second"));
            File.Delete(file);
            File.ReadAllText(Path.Combine(path, "second")).ShouldBe("x");
            Should.Throw<IOException>(() => PhysicalDisk.Instance.Link(file, Path.Combine(path, "third")));
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }
}
