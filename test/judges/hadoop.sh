# A real HDFS in one process: NameNode, DataNodes, WebHDFS, HttpFS and a Kerberos KDC, from Maven's jars and hadoop/MiniHdfs.java.
HADOOP_VERSION=3.4.2

install_hadoop() {
  is_wanted hadoop || return 0
  local folder="$judges/hadoop" log="$scratch/hadoop.log" started=$SECONDS source="$here/hadoop/MiniHdfs.java" stamp
  stamp="$HADOOP_VERSION $(cksum <"$source")"
  if [ -x "$judges/bin/minihdfs" ] && [ "$(cat "$folder/.towline-judges" 2>/dev/null)" = "$stamp" ]; then
    say hadoop "kept"
    touch "$scratch/done/hadoop"
    return 0
  fi
  local program
  for program in java javac jar mvn; do
    command -v $program >/dev/null || { missing hadoop "there is no $program"; return 0; }
  done
  if hadoop_build "$folder" "$source" >"$log" 2>&1 </dev/null; then
    printf '%s\n' "$stamp" >"$folder/.towline-judges"
    say hadoop "built $HADOOP_VERSION in $((SECONDS - started)) s"
    touch "$scratch/done/hadoop"
  else
    missing hadoop "$(tail -n 3 "$log")"
  fi
}

hadoop_build() ( # folder source
  set -e
  folder=$1
  mkdir -p "$folder/classes"
  if [ ! -e "$folder/lib/.version-$HADOOP_VERSION" ]; then
    hadoop_pom >"$folder/pom.xml"
    rm -rf "$folder/lib"
    mvn -q -B -f "$folder/pom.xml" -Dmaven.repo.local="$scratch/m2" org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies -DoutputDirectory="$folder/lib"
    rm -f "$folder"/lib/netty-*-osx-* "$folder"/lib/netty-*-aarch_64.jar "$folder"/lib/netty-*-riscv64.jar
    touch "$folder/lib/.version-$HADOOP_VERSION"
  fi
  cp "$here/hadoop/log4j.properties" "$folder/classes/"
  javac -nowarn -cp "$folder/lib/*" -d "$folder/classes" "$2"
  jar cf "$folder/lib/minihdfs.jar" -C "$folder/classes" .
  # The first on the path: its log4j.properties must win.
  path="$folder/lib/minihdfs.jar:$(ls "$folder"/lib/*.jar | grep -v /minihdfs.jar | tr '\n' ':')"
  options="--add-opens java.base/java.lang=ALL-UNNAMED -Djava.net.preferIPv4Stack=true -XX:TieredStopAtLevel=1 -Xlog:cds=off -Xlog:disable -cp $path"
  # An archive of the classes halves the start, which is 4 s without.
  rm -f "$folder/minihdfs.jsa"
  timeout 120 java -XX:ArchiveClassesAtExit="$folder/minihdfs.jsa" $options -Dhadoop.root.logger=ERROR,E MiniHdfs --httpfs >/dev/null 2>&1 || true
  {
    echo '#!/bin/sh'
    echo "exec java -Xmx\${HEAP:-768m} -Xshare:auto -XX:SharedArchiveFile=\"$folder/minihdfs.jsa\" $options -Dhadoop.root.logger=\${HADOOP_LOG:-ERROR},E MiniHdfs \"\$@\""
  } >"$judges/bin/minihdfs"
  chmod +x "$judges/bin/minihdfs"
)

hadoop_pom() {
  local name
  echo '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion><groupId>judge</groupId><artifactId>judge</artifactId><version>1</version><packaging>pom</packaging><dependencies>'
  for name in hadoop-common hadoop-hdfs hadoop-hdfs-client hadoop-hdfs-httpfs hadoop-minikdc; do hadoop_dependency org.apache.hadoop $name $HADOOP_VERSION; done
  for name in hadoop-common hadoop-hdfs; do hadoop_dependency org.apache.hadoop $name $HADOOP_VERSION tests; done
  hadoop_dependency junit junit 4.13.2
  hadoop_dependency org.mockito mockito-core 4.11.0
  echo '</dependencies></project>'
}
hadoop_dependency() { # group name version [classifier]
  echo "<dependency><groupId>$1</groupId><artifactId>$2</artifactId><version>$3</version>${4:+<classifier>$4</classifier>}</dependency>"
}
